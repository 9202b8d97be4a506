"""Generate: passages and bank become Rasa's training data and domain."""
