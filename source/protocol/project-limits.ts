/** What a project may hold at most. No peer takes more, so what is larger is left out where it is found. */

/** The largest single file: 64 GiB. */
export const maxFileBytes = 64 * 1024 ** 3;

/** The largest tree of one folder, as git has it: 16 MiB hold some 300,000 entries. */
export const maxTreeBytes = 16 * 1024 * 1024;

/** Paths of one project, counted by path: an 800-byte pack can name ten thousand million. */
export const maxPaths = 1_000_000;
