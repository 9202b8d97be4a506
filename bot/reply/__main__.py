"""`python -m bot.reply`: write what is made from the contract, the JSON schema and the widget's types."""

from bot.reply.written import written

for path, text in written().items():
    path.write_text(text, encoding="utf-8")
