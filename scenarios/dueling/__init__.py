"""The contest as a game: what each company could have done, met with what the other could have."""
