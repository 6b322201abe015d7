/** Variables that stand in for no flag, with what they are for. */
export const variables: readonly (readonly [name: string, meaning: string])[] = [
	['PULSYNC_INVITE', 'The invite of join; unlike an argument it is in no process list and no shell history.'],
	['PULSYNC_CONFIG_DIR', 'The folder of the settings.'],
	[
		'PULSYNC_MERGE_TOOL',
		'A shell command that merges: it finds its files in BASE, LOCAL, REMOTE and MERGED.',
	],
	['VISUAL, EDITOR', 'What opens a conflict to merge by hand.'],
	['NO_COLOR', 'Where it is set, nothing is coloured.'],
];
