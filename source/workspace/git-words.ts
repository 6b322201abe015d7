/** How a git command ended that was asked what to ignore and did not answer. */
export const gitWords = {
	tooManyFiles: 'too many files are open',
	tooMuchOutput: 'too much output',
	timeout: 'timeout',
	checkIgnoreEnded: 'check-ignore ended',
} as const;
