"""The app as stored: the only room that knows SQL."""
