"""How is the whole system started, watched and stopped on one machine?"""
