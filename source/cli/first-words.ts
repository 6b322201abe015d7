/** What is said before anything else is loaded, and when nothing else can be relied on. */
export const firstWords = {
	nodeTooOld: (version: string) =>
		`pulsync-tui needs Node 20.19 or newer; this is ${version}. Install a newer Node.\n`,
	/** `log` is the file that says what happened; undefined where it could not be written. */
	fault: (log: string | undefined) =>
		`pulsync-tui has a fault of its own and stopped${log === undefined ? '' : `; what happened is in ${log}`}. Start it again, and please report this.\n`,
} as const;
