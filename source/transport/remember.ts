/** Maps that the other side fills: the newest is kept, the oldest beyond the bound is forgotten. */

/** Entries in such a map; more is an attack on memory. */
const maxRemembered = 64;

/** Sets an entry as the newest. */
export function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
	map.delete(key);
	map.set(key, value);
	const oldest = map.keys().next();
	if (map.size > maxRemembered && !oldest.done) map.delete(oldest.value);
}
