"""The workshop: what is run by hand to make or measure the bot, and is not needed to run it."""
