// Who holds a peer, decided in Redis in one piece and by its clock. A port of memory-leases.ts, rule by rule; the contract
// suite holds the two together.
import { endedMemoryMs, publishingMs } from './lease-store.ts';

/**
 * KEYS the sessions of a peer, the beginning of the keys of those that have ended. ARGV what to do, peer, edge, session,
 * lease in ms, the session that is replaced, the one heard of, who asks, the channel. A session is packed as edge, opening, expiry, and when
 * it was taken to be closed. Answers JSON.
 */
export const decide = `
local verb, peer, edge, id, lease, replaced, heard, asker, channel = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local changes, taken = {}, {}
local function write(session)
	local fields = { session.edge, session.since, session.expires, session.taken }
	for at = 2, 4 do fields[at] = string.format('%.0f', fields[at]) end
	redis.call('HSET', KEYS[1], session.id, table.concat(fields, '|'))
end
local all, own = {}, nil
local raw = redis.call('HGETALL', KEYS[1])
for at = 1, #raw, 2 do
	local e, s, x, t = string.match(raw[at + 1], '^(.-)|(%d+)|(%d+)|(%d+)$')
	local session = { id = raw[at], edge = e, since = tonumber(s), expires = tonumber(x), taken = tonumber(t) }
	all[#all + 1] = session
	if session.id == id then own = session end
end
local hasEnded = id ~= '' and redis.call('EXISTS', KEYS[2] .. id) == 1
local function finish(session)
	redis.call('HDEL', KEYS[1], session)
	redis.call('SET', KEYS[2] .. session, 1, 'PX', ${endedMemoryMs})
	changes[#changes + 1] = { kind = 'ended', session = { peerId = peer, sessionId = session } }
end
local function open()
	if own then
		own.expires = now + lease
		return write(own)
	end
	write({ id = id, edge = edge, since = now, expires = now + lease, taken = 0 })
	local session = { peerId = peer, edgeId = edge, sessionId = id, sinceMs = now }
	changes[#changes + 1] = { kind = 'opened', session = session }
end
local function claim()
	if hasEnded or (own and own.taken > 0) then return 'ended' end
	local isKnown = heard == '' or heard == replaced or redis.call('EXISTS', KEYS[2] .. heard) == 1
	for _, other in ipairs(all) do isKnown = isKnown or other.id == heard end
	if not isKnown then return 'lost' end
	local others = {}
	for _, other in ipairs(all) do
		if other.id ~= id or other.edge ~= edge then others[#others + 1] = other end
	end
	local function isReplaced(other) return other.id == replaced and other.edge == edge end
	for _, other in ipairs(others) do
		if other.taken == 0 and other.expires > now and not isReplaced(other) then return 'held' end
	end
	for _, other in ipairs(others) do
		if isReplaced(other) then
			finish(other.id)
		elseif other.taken == 0 then
			other.taken = 1
			write(other)
		end
	end
	open()
	return 'granted'
end
local function renew()
	local isFree = not own and not hasEnded
	for _, other in ipairs(all) do isFree = isFree and other.taken > 0 end
	if not isFree and not (own and own.edge == edge and own.taken == 0) then return 'held' end
	open()
	return 'granted'
end
local function take()
	for _, session in ipairs(all) do
		local isDue = session.expires <= now
		if session.taken > 0 then isDue = session.taken + ${publishingMs} <= now end
		if isDue then
			session.taken = now
			write(session)
			taken[#taken + 1] = { peerId = peer, edgeId = session.edge, sessionId = session.id }
		end
	end
	return 'granted'
end
local verdict = 'granted'
if verb == 'claim' then verdict = claim()
elseif verb == 'establish' then if not own and not hasEnded then open() end
elseif verb == 'renew' then verdict = renew()
elseif verb == 'end' then finish(id)
elseif verb == 'take' then verdict = take() end
if #changes > 0 then
	redis.call('PUBLISH', channel, asker .. ' ' .. cjson.encode({ kind = 'sessions', changes = changes }))
end
if #changes == 0 then changes = nil end
if #taken == 0 then taken = nil end
return cjson.encode({ verdict = verdict, changes = changes, taken = taken })`;

/** KEYS the sessions of a peer. Answers JSON of the one that holds it now; nothing when none does. */
export const findHolder = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = nil
local raw = redis.call('HGETALL', KEYS[1])
for at = 1, #raw, 2 do
	local e, s, x, t = string.match(raw[at + 1], '^(.-)|(%d+)|(%d+)|(%d+)$')
	local since = tonumber(s)
	if t == '0' and tonumber(x) > now and (not holder or since >= holder.sinceMs) then
		holder = { edgeId = e, sessionId = raw[at], sinceMs = since }
	end
end
return holder and cjson.encode(holder)`;
