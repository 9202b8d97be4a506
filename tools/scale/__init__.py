"""Scale: the bot on PostgreSQL, Redis, RabbitMQ and nginx, all of them private to one folder of one machine."""
