/** Every command, once: parsing, `--help`, completions, the man page and docs/cli.md are drawn from this table. */

/** What a shell offers for a word or a value: one of these, or names of the disk. */
export type Offer = 'file' | 'folder' | readonly string[];

export type Command = {
	readonly name: string;
	/** How it is written in help, without the program's name. */
	readonly usage: string;
	readonly summary: string;
	/** How many words may follow it. */
	readonly words: readonly [min: number, max: number];
	/** What a shell offers for each of these words; the last one stands for all after it. */
	readonly offers?: readonly Offer[];
	/** Lines that a person can type, without the program's name, and what they are for. */
	readonly examples: readonly (readonly [line: string, says: string])[];
};

/** How peers may be reached: a value of `--tier` and the word of `tier`. */
export const tierWords = ['auto', 'direct', 'proxy', 'json'] as const;
/** The shells that completions are made for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** More paths than a shell passes. */
const many = 10_000;

export const commands = [
	{
		name: 'open',
		usage: '[dir]',
		summary: 'open the session of this folder; without one, ask: host or join',
		words: [0, 1],
		offers: ['folder'],
		examples: [
			['', 'go on where this folder left off, or ask what to do'],
			['../my-game', 'the same for another folder'],
		],
	},
	{
		name: 'host',
		usage: 'host [dir]',
		summary: 'host a session of this folder',
		words: [0, 1],
		offers: ['folder'],
		examples: [
			['host', 'share this folder; key i shows the invite'],
			['host --relay-url wss://relay.example/ws', 'meet at a relay that others reach from elsewhere'],
			['host --json', 'no screen: one JSON object a line, the first one has the invite'],
		],
	},
	{
		name: 'join',
		usage: 'join <invite> [dir]',
		summary: 'join a session (invite -: read it from stdin; none: ask for it)',
		words: [0, 2],
		offers: [[], 'folder'],
		examples: [
			['join', 'ask for the invite, then fill this empty folder'],
			['join - my-game < invite.txt', 'read the invite from a file'],
			['join --merge', 'join into a folder that has files; nothing is overwritten'],
		],
	},
	{
		name: 'relay',
		usage: '--relay',
		summary: 'run a relay server, no screen',
		words: [0, 0],
		examples: [
			['--relay --port 8787', 'a relay that everybody can use who reaches it'],
			[
				'--relay --tls-cert cert.pem --tls-key key.pem --token s3cret',
				'with TLS, for hosts that know the token',
			],
		],
	},
	{
		name: 'invite',
		usage: 'invite',
		summary: "print an invite of this folder's running session",
		words: [0, 0],
		examples: [['invite', 'print it, to send it to somebody']],
	},
	{
		name: 'status',
		usage: 'status',
		summary: 'what the running session of this folder is doing',
		words: [0, 0],
		examples: [
			['status', 'see what it is doing'],
			['status --json', 'the same for scripts: one object'],
		],
	},
	{
		name: 'conflicts',
		usage: 'conflicts',
		summary: 'list conflicts',
		words: [0, 0],
		examples: [['conflicts', 'what waits for a decision']],
	},
	{
		name: 'resolve',
		usage: 'resolve <path…> --take SIDE',
		summary: 'settle conflicts with mine, theirs, base, both or merged',
		words: [0, many],
		offers: ['file'],
		examples: [
			['resolve src/player.ts --take mine', 'keep what this folder shows'],
			['resolve assets --all --take theirs', 'take the other side of everything below a folder'],
			['resolve notes.md --take both', 'keep mine, and theirs beside it under a new name'],
		],
	},
	{
		name: 'show',
		usage: 'show <path>',
		summary: 'write a version of a file to stdout: a side of a conflict, or how it was',
		words: [1, 1],
		offers: ['file'],
		examples: [
			['show src/player.ts --side theirs', 'the other side of its conflict'],
			['show src/player.ts --at 2026-01-31T12:00', 'as it was at noon that day'],
		],
	},
	{
		name: 'tier',
		usage: 'tier [auto|direct|proxy|json]',
		summary: 'show or switch how peers are reached',
		words: [0, 1],
		offers: [tierWords],
		examples: [
			['tier', 'how each peer is reached now'],
			['tier direct --peer bob', 'nothing but a direct connection to bob'],
			['tier auto', 'the best way that works'],
		],
	},
	{
		name: 'limit',
		usage: 'limit [--up RATE] [--down RATE]',
		summary: 'show or change how much may be sent and received',
		words: [0, 0],
		examples: [
			['limit', 'the limits in force'],
			['limit --up 500kB/s', 'send at most that much from now on'],
			['limit --up none --down none', 'as fast as it goes'],
		],
	},
	{
		name: 'history',
		usage: 'history [path]',
		summary: 'list snapshots, newest first',
		words: [0, 1],
		offers: ['file'],
		examples: [
			['history', 'of everything'],
			['history src/player.ts', 'of one file'],
		],
	},
	{
		name: 'diff',
		usage: 'diff [path]',
		summary: 'show what changed last',
		words: [0, 1],
		offers: ['file'],
		examples: [['diff src/player.ts', 'what the last snapshot changed in it']],
	},
	{
		name: 'restore',
		usage: 'restore <path|.> --at TIME|COMMIT',
		summary: 'bring a path back as it was',
		words: [1, 1],
		offers: ['file'],
		examples: [
			['restore src/player.ts --at 2026-01-31T12:00', 'as it was at noon that day'],
			['restore . --at 3f9a1c2', 'the whole folder as in that snapshot'],
		],
	},
	{
		name: 'tidy',
		usage: 'tidy [--keep-days N]',
		summary: 'make the store small now, which otherwise happens by itself when nobody waits',
		words: [0, 0],
		examples: [['tidy --keep-days 7', 'keep the history of a week alone']],
	},
	{
		name: 'sync',
		usage: 'sync --wait',
		summary: 'return when all who are online have the same files',
		words: [0, 0],
		examples: [['sync --wait --timeout 60', 'in a script, before a build; fails after a minute']],
	},
	{
		name: 'pause',
		usage: 'pause',
		summary: 'stop syncing; the program keeps running',
		words: [0, 0],
		examples: [['pause', 'others do not see your changes until you resume']],
	},
	{
		name: 'resume',
		usage: 'resume',
		summary: 'go on after a pause, or after it stopped by itself (files vanished, disk full)',
		words: [0, 0],
		examples: [
			['resume', 'go on'],
			['resume --accept-deletions', 'the files were deleted on purpose: delete them everywhere'],
		],
	},
	{
		name: 'leave',
		usage: 'leave',
		summary: "end this folder's session; files stay",
		words: [0, 0],
		examples: [['leave', 'forget the session; the folder stays as it is']],
	},
	{
		name: 'help',
		usage: 'help [command]',
		summary: 'show help, or that of one command',
		words: [0, 1],
		examples: [['help resolve', 'what it takes, with examples']],
	},
	{
		name: 'completion',
		usage: 'completion <bash|zsh|fish>',
		summary: 'print completions for a shell',
		words: [1, 1],
		offers: [shells],
		examples: [
			['completion bash > ~/.local/share/bash-completion/completions/pulsync-tui', 'for bash'],
			['completion zsh > ~/.zfunc/_pulsync-tui', 'for zsh, where ~/.zfunc is in fpath'],
			['completion fish > ~/.config/fish/completions/pulsync-tui.fish', 'for fish'],
		],
	},
] as const satisfies readonly Command[];

export type CommandName = (typeof commands)[number]['name'];

export function findCommand(name: string): (Command & {readonly name: CommandName}) | undefined {
	return commands.find((command) => command.name === name);
}
