"""What lies on disk: runs, one file each, their index, and who may write."""
