// What must happen in Redis in one piece, in its own language. The keys of one call share a hash tag. Every script may be
// run again with the same words to the same effect.

/** KEYS the peer. ARGV the key, the channel, news. Answers the key the peer is bound to. */
export const bindKey = `
if redis.call('HSETNX', KEYS[1], 'k', ARGV[1]) == 1 then
	redis.call('PUBLISH', ARGV[2], ARGV[3])
end
return redis.call('HGET', KEYS[1], 'k')`;

/**
 * Stores announcements, each as a whole and by itself, and tells of them together. KEYS of each the peer and its pages.
 * ARGV the channel, who tells, and of each progress before and after, its news, a page or nothing. Answers of each how
 * many pages there are, or -1 when the progress is not what it was before.
 */
export const saveCatalogs = `
local pages, news = {}, {}
for at = 1, #KEYS / 2 do
	local peer, list = KEYS[2 * at - 1], KEYS[2 * at]
	local before, after, told, page = unpack(ARGV, 4 * at - 1, 4 * at + 2)
	pages[at] = -1
	if (redis.call('HGET', peer, 'p') or '0:0:0') == before then
		redis.call('HSET', peer, 'p', after)
		pages[at] = page == '' and 0 or redis.call('RPUSH', list, page)
		news[#news + 1] = told .. page
	end
end
if #news > 0 then redis.call('PUBLISH', ARGV[1], ARGV[2] .. table.concat(news)) end
return pages`;

/**
 * KEYS the pages of a peer. ARGV from which page on they are replaced, the SHA-1 of those, the page that stands for them
 * or nothing. Does nothing when they are not what they were.
 */
export const replacePages = `
local pages = redis.call('LRANGE', KEYS[1], ARGV[1], -1)
if redis.sha1hex(table.concat(pages)) ~= ARGV[2] then return 0 end
if ARGV[1] == '0' then redis.call('DEL', KEYS[1]) else redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1) end
if ARGV[3] ~= '' then redis.call('RPUSH', KEYS[1], ARGV[3]) end
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
 * KEYS speaker, epoch. ARGV this tracker, for how many ms, a new epoch, the epoch it knows. Answers for how many ms it
 * speaks, and the epoch. Who spoke before the store was emptied may go on for as long as it was told; so nobody is told
 * to meanwhile.
 */
export const lead = `
local isNew = redis.call('SET', KEYS[2], ARGV[3], 'NX')
if isNew and ARGV[4] ~= '' then redis.call('SET', KEYS[1], '', 'PX', ARGV[2]) end
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
