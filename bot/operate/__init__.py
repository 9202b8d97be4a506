"""What operators need: signs of life, metrics, logs, retention, and what a running Rasa is spared."""
