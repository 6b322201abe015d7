/**
 * An operation that did not work, as a value with a code. Adapters throw it, the runtime turns it into an event or an
 * exit code, and the one file of texts words it.
 */

/** transient: try again · fatal: a person must act · hostile: the other side broke the rules. */
export type Severity = 'transient' | 'fatal' | 'hostile';

export class Failure extends Error {
	override readonly name = 'Failure';
	readonly code: string;
	readonly severity: Severity;
	/** Facts for the sentence: paths, limits, versions. Never a secret. */
	readonly details: Readonly<Record<string, string | number>>;

	constructor(
		code: string,
		options: {
			severity?: Severity;
			details?: Record<string, string | number>;
			cause?: unknown;
			message?: string;
		} = {},
	) {
		super(options.message ?? code, {cause: options.cause});
		this.code = code;
		this.severity = options.severity ?? 'transient';
		this.details = options.details ?? {};
	}
}
