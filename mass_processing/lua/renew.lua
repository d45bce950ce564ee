-- Is the slot of a running download still its own?
-- Lengthens its lease, or takes it again where Redis forgot it and one is free. Answers 1, or 0: it is lost.
-- ARGV, more: nothing, whether a slot may be taken regardless
redis.call('ZREMRANGEBYSCORE', slots, '-inf', string.format('%.0f', now))
if not redis.call('ZSCORE', slots, token) and redis.call('ZCARD', slots) >= concurrency and ARGV[10] ~= '1' then
  return 0
end
hold()
return 1
