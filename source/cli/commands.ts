/** Every command, once: parsing, `--help` and docs/cli.md are drawn from this table. */

export type Command = {
	readonly name: string;
	/** How it is written in help, without the program's name. */
	readonly usage: string;
	readonly summary: string;
	/** How many words may follow it. */
	readonly words: readonly [min: number, max: number];
};

/** More paths than a shell passes. */
const many = 10_000;

export const commands = [
	{
		name: 'open',
		usage: '[dir]',
		summary: 'open the session of this folder; without one, ask: host or join',
		words: [0, 1],
	},
	{name: 'host', usage: 'host [dir]', summary: 'host a session of this folder', words: [0, 1]},
	{
		name: 'join',
		usage: 'join <invite> [dir]',
		summary: 'join a session (invite -: read it from stdin; none: ask for it)',
		words: [0, 2],
	},
	{name: 'relay', usage: '--relay', summary: 'run a relay server, no screen', words: [0, 0]},
	{
		name: 'invite',
		usage: 'invite',
		summary: "print an invite of this folder's running session",
		words: [0, 0],
	},
	{
		name: 'status',
		usage: 'status',
		summary: 'what the running session of this folder is doing',
		words: [0, 0],
	},
	{name: 'conflicts', usage: 'conflicts', summary: 'list conflicts', words: [0, 0]},
	{
		name: 'resolve',
		usage: 'resolve <path…> --take SIDE',
		summary: 'settle conflicts with mine, theirs, base or both',
		words: [0, many],
	},
	{
		name: 'tier',
		usage: 'tier [auto|direct|proxy|json]',
		summary: 'show or switch how peers are reached',
		words: [0, 1],
	},
	{name: 'history', usage: 'history [path]', summary: 'list snapshots, newest first', words: [0, 1]},
	{name: 'diff', usage: 'diff [path]', summary: 'show what changed last', words: [0, 1]},
	{
		name: 'restore',
		usage: 'restore <path|.> --at TIME|COMMIT',
		summary: 'bring a path back as it was',
		words: [1, 1],
	},
	{
		name: 'sync',
		usage: 'sync --wait',
		summary: 'return when all online peers have the same head',
		words: [0, 0],
	},
	{name: 'pause', usage: 'pause', summary: 'stop syncing; the program keeps running', words: [0, 0]},
	{name: 'resume', usage: 'resume', summary: 'go on after pause or after a guard halted', words: [0, 0]},
	{name: 'leave', usage: 'leave', summary: "end this folder's session; files stay", words: [0, 0]},
] as const satisfies readonly Command[];

export type CommandName = (typeof commands)[number]['name'];

export function findCommand(name: string): (Command & {readonly name: CommandName}) | undefined {
	return commands.find((command) => command.name === name);
}
