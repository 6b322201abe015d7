declare module 'parse-prometheus-text-format' {
	type Metric = {
		readonly name: string;
		readonly help: string;
		readonly type: string;
		readonly metrics: ReadonlyArray<{
			readonly value?: string;
			readonly labels?: Readonly<Record<string, string>>;
			/** Of a histogram. */
			readonly count?: string;
			readonly sum?: string;
		}>;
	};
	export default function parse(text: string): readonly Metric[];
}
