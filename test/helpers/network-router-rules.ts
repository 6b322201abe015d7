/** What makes a namespace a router of some kind, as nftables has it. */

/**
 * How a router changes what goes out. `independent` keeps a source port wherever it goes, `symmetric` takes another one for
 * each destination; both let in only answers. `exposed` is an independent one that passes whatever else comes in to one
 * host. `none` routes without changing, and lets in only answers; `open` lets in everything.
 */
export type RouterKind = 'independent' | 'symmetric' | 'exposed' | 'none' | 'open';

type Nets = {readonly net4?: string; readonly net6?: string};

/** Early packets are dropped, not refused: a box that answers a SYN with a reset ends the other side's attempt. */
export function routerRules(kind: RouterKind, {net4, net6}: Nets): string {
	const masquerade = {
		independent: 'masquerade',
		symmetric: 'masquerade fully-random',
		exposed: 'masquerade',
		none: '',
		open: '',
	}[kind];
	const families = [...(net4 ? ['ip'] : []), ...(net6 ? ['ip6'] : [])];
	const nat = families.map(
		(family) => `table ${family} nat {
			chain out {
				type nat hook postrouting priority 100
				oifname "outside" ${masquerade}
			}
			${kind === 'exposed' ? exposing(family === 'ip' ? `${net4}.2` : `${net6}::2`) : ''}
		}`,
	);
	return [...(masquerade ? nat : []), kind === 'exposed' || kind === 'open' ? '' : onlyAnswers].join('\n');
}

const exposing = (address: string) => `chain in {
	type nat hook prerouting priority -100
	iifname "outside" ct state new dnat to ${address}
}`;

const onlyAnswers = `table inet filter {
	chain input {
		type filter hook input priority 0
		iifname "outside" ct state new,invalid drop
	}
	chain forward {
		type filter hook forward priority 0
		iifname "outside" ct state new,invalid drop
	}
}`;
