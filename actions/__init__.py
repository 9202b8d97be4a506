"""Custom actions; Rasa's action server loads this package."""
