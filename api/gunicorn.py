"""How does gunicorn serve the API? `gunicorn -c api/gunicorn.py 'api:create_app()'`."""

from mass_processing.settings import settings

_knobs = settings()

bind = f"{_knobs.bind_host}:{_knobs.api_port}"
#: One process, so that the number of waiting requests is counted once.
worker_class = "gthread"
workers = 1
#: More than `api.MAX_WAITING`, so that /health answers while every place is taken.
threads = 32
#: Seconds; a request that waits for its video does not hold up a stop for longer (the video goes on).
graceful_timeout = 5
timeout = 60
keepalive = 10
accesslog = None
errorlog = "-"
#: Its default path is one for all instances of this user.
control_socket_disable = True
