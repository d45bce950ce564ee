"""What does the store cost with a million jobs and fifty thousand analyses: reading, writing, cleaning up?

python -m benchmarks.store [--parts read,write,cleanup] [--door psycopg,rest] [--size 1000000] [--analyses 50000]
"""
