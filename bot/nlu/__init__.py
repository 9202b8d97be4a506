"""NLU: retrieval as a component of Rasa's pipeline."""
