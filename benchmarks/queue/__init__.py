"""What does the queue cost: adding a million links, feeding, a job's whole life, a day?

python -m benchmarks.queue [--parts add,feed,life,urgent,day] [--size 1000000]
"""
