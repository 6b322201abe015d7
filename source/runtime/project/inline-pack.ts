/** The small pack that travels with an announcement, so that a save needs no question and answer. */
import {type Store} from '../../git/store.js';
import {type Oid} from '../../protocol/content.js';
import {maxInlinePackBytes} from '../../protocol/peer-messages.js';

/** Objects larger than this in all are not tried: text deflates to a quarter at best. */
const maxObjectBytes = 4 * maxInlinePackBytes;

/** What `head` adds to `former` as a pack, if it is small. */
export async function makeInlinePack(store: Store, former: Oid, head: Oid): Promise<Buffer | undefined> {
	const plan = await store.enumerate(head, {have: [former]});
	if (plan.objects.length === 0 || plan.bytes > maxObjectBytes) return undefined;
	const pack = await store.packObjects(plan.objects.map(({oid}) => oid));
	return pack.length <= maxInlinePackBytes ? pack : undefined;
}
