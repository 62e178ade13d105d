"""What people look at: charts now, pages later. Loaded only when something is drawn."""
