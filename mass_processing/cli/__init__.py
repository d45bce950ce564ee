"""What can be done from the command line? `app.py` lists the commands; each noun has its file."""
