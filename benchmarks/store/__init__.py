"""What does the store cost with a million jobs and 50,000 analyses: reading, taking all out, writing, cleaning up?

python -m benchmarks.store [--parts read,export,write,cleanup] [--door psycopg,rest] [--size 1000000] [--analyses 50000]
"""
