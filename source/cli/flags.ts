/** Every flag, once: parsing, the environment, `--help`, completions, the man page and docs/cli.md are drawn from these tables. */
import {all} from './command-groups.js';
import {type Flag} from './flag.js';
import {queryFlags} from './query-flags.js';
import {relayFlags} from './relay-flags.js';
import {sessionFlags} from './session-flags.js';

export const flags = [
	...sessionFlags,
	...queryFlags,
	...relayFlags,
	{name: 'help', short: 'h', summary: 'show this help', of: all},
	{name: 'version', short: 'v', summary: 'show the version', of: all},
] as const satisfies readonly Flag[];

export type FlagName = (typeof flags)[number]['name'];

/** The flags that were given: text where the flag has a value, true where it has none. */
export type FlagValues = Readonly<Partial<Record<FlagName, string | true>>>;

export function findFlag(name: string): (Flag & {readonly name: FlagName}) | undefined {
	return flags.find((flag: Flag) => flag.name === name || flag.short === name);
}
