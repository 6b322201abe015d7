/** Why a file cannot be taken into the project, as far as the system does not say it. */
export const projectWords = {
	changedWhileRead: 'it changed while it was read',
} as const;
