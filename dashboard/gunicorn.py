"""How does gunicorn serve the dashboard? `gunicorn -c dashboard/gunicorn.py 'dashboard:create_app()'`."""

from mass_processing.settings import settings

_knobs = settings()

bind = f"{_knobs.bind_host}:{_knobs.dashboard_port}"
#: One process, so that its database pool and counters are one; threads are cheap (about 35 kB each when idle).
worker_class = "gthread"
workers = 1
threads = 64
#: Seconds; a video that is being watched does not hold up a stop for longer.
graceful_timeout = 5
timeout = 60
keepalive = 10
#: The access log would fill with the pages' own polling.
accesslog = None
errorlog = "-"
#: Its default path is one for all instances of this user.
control_socket_disable = True
