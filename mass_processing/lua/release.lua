-- Gives a slot back.
return redis.call('ZREM', slots, token)
