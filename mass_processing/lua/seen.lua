-- Corrects a start: the site saw the request no later than so long ago. ARGV, more: name of the start, milliseconds
stamp(ARGV[9], now - tonumber(ARGV[10]))
return 0
