// What must happen in Redis in one piece, in its own language. The keys of one call share a hash tag, except those of
// `changeOwners`, where each key stands alone and a cluster's client may send them one by one. Every script may be run
// again with the same words to the same effect.

/** KEYS the peer. ARGV the key, the channel, news. Answers the key the peer is bound to. */
export const bindKey = `
if redis.call('HSETNX', KEYS[1], 'k', ARGV[1]) == 1 then
	redis.call('PUBLISH', ARGV[2], ARGV[3])
end
return redis.call('HGET', KEYS[1], 'k')`;

/**
 * KEYS the peer, its offers. ARGV progress before and after, the channel, news, how many offers are written, those as
 * field and value, then the fields that go. Answers 1, or 0 when the progress is not what it was before.
 */
export const saveCatalog = `
if (redis.call('HGET', KEYS[1], 'p') or '0:0:0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'p', ARGV[2])
local gone = 6 + 2 * tonumber(ARGV[5])
for first = 6, gone - 1, 200 do
	redis.call('HSET', KEYS[2], unpack(ARGV, first, math.min(first + 199, gone - 1)))
end
for first = gone, #ARGV, 200 do
	redis.call('HDEL', KEYS[2], unpack(ARGV, first, math.min(first + 199, #ARGV)))
end
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1`;

/** KEYS the wishes. ARGV catalog id, wish, most of one peer, the channel, news. Answers the wish, or none. */
export const saveWish = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return false end
local wish = ARGV[2]
if known then wish = string.sub(known, 1, 17) .. string.sub(wish, 18) end
redis.call('HSET', KEYS[1], ARGV[1], wish)
return wish`;

/** KEYS the wishes. ARGV catalog id, subscription id. Deletes the wish unless it is another subscription's. */
export const deleteWish = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and string.sub(known, 1, 17) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
return 1`;

/**
 * KEYS speaker, epoch. ARGV this tracker, for how many ms, a new epoch. Answers for how many ms it speaks, and the epoch.
 */
export const lead = `
redis.call('SET', KEYS[2], ARGV[3], 'NX')
local speaker = redis.call('GET', KEYS[1])
local ms = 0
if not speaker or speaker == ARGV[1] then
	redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
	ms = tonumber(ARGV[2])
end
return { ms, redis.call('GET', KEYS[2]) }`;

/** KEYS speaker. ARGV this tracker. */
export const stepDown = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/**
 * The entries of a shard lie in buckets, hashes small enough for Redis to pack: field 12 bytes of the catalog id, value
 * the 8-byte marks of its owners, or nothing when they are many and have a set of their own. When a bucket is full, the
 * shard doubles the number of its buckets. The key of the shard itself holds how often it did.
 */
const buckets = `
local fullAt, inlineBytes = 128, 64
local function bucketOf(shard, depth, id)
	local a, b, c = string.byte(id, 1, 3)
	return shard .. ':' .. depth .. ':' .. math.floor((a * 65536 + b * 256 + c) / 2 ^ (24 - depth))
end
local function depthOf(shard) return tonumber(redis.call('GET', shard) or 0) end
local function has(owners, mark)
	for at = 1, #owners, 8 do
		if string.sub(owners, at, at + 7) == mark then return at end
	end
	return nil
end`;

/** KEYS shards. ARGV mark of the owner, then for each change: number of its shard, 12 bytes of the id, + or -. */
export const changeOwners = `${buckets}
local depths = {}
local function double(shard)
	local depth = depths[shard]
	for number = 0, 2 ^ depth - 1 do
		local key = shard .. ':' .. depth .. ':' .. number
		local all = redis.call('HGETALL', key)
		redis.call('DEL', key)
		for at = 1, #all, 2 do redis.call('HSET', bucketOf(shard, depth + 1, all[at]), all[at], all[at + 1]) end
	end
	depths[shard] = depth + 1
	redis.call('SET', shard, depth + 1)
end
local function add(shard, id, mark)
	local bucket = bucketOf(shard, depths[shard], id)
	if redis.call('HSETNX', bucket, id, mark) == 1 then
		if redis.call('HLEN', bucket) > fullAt and depths[shard] < 24 then double(shard) end
		return
	end
	local owners = redis.call('HGET', bucket, id)
	local many = shard .. ':many:' .. id
	if owners == '' then
		redis.call('SADD', many, mark)
	elseif not has(owners, mark) then
		if #owners < inlineBytes then
			redis.call('HSET', bucket, id, owners .. mark)
		else
			for at = 1, #owners, 8 do redis.call('SADD', many, string.sub(owners, at, at + 7)) end
			redis.call('SADD', many, mark)
			redis.call('HSET', bucket, id, '')
		end
	end
end
local function remove(shard, id, mark)
	local bucket = bucketOf(shard, depths[shard], id)
	local owners = redis.call('HGET', bucket, id)
	if not owners then return end
	if owners == '' then
		local many = shard .. ':many:' .. id
		redis.call('SREM', many, mark)
		if redis.call('EXISTS', many) == 0 then redis.call('HDEL', bucket, id) end
		return
	end
	local at = has(owners, mark)
	if not at then return end
	local others = string.sub(owners, 1, at - 1) .. string.sub(owners, at + 8)
	if others == '' then redis.call('HDEL', bucket, id) else redis.call('HSET', bucket, id, others) end
end
for at = 2, #ARGV, 3 do
	local shard = KEYS[tonumber(ARGV[at])]
	depths[shard] = depths[shard] or depthOf(shard)
	local change = ARGV[at + 2] == '+' and add or remove
	change(shard, ARGV[at + 1], ARGV[1])
end
return 1`;

/** KEYS a shard. ARGV 12 bytes of a catalog id. Answers the marks of its owners, one after another. */
export const findOwners = `${buckets}
local owners = redis.call('HGET', bucketOf(KEYS[1], depthOf(KEYS[1]), ARGV[1]), ARGV[1])
if owners == '' then return table.concat(redis.call('SMEMBERS', KEYS[1] .. ':many:' .. ARGV[1])) end
return owners or ''`;
