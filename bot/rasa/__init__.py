"""Every seam with Rasa, as subclasses named in Rasa's own files or handed to it; nothing of Rasa is patched."""
