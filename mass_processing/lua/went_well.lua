-- A download ended without being refused: what does that say about the way out?
-- What was refused before was about the posts, and a probe opens the way again.
redis.call('HDEL', state, 'refused')
if redis.call('HGET', state, 'probe') == token then redis.call('HDEL', state, 'level', 'blocked', 'probe') end
return 0
