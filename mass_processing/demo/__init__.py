"""How is the whole system shown at work on a fresh machine?"""
