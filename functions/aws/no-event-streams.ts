/**
 * Stands in for the SDK's event streams when handlers are bundled (esbuild.config.cjs). The SDK uses them only when an
 * operation streams events, which none of Teal's does; bundled, its late import of them keeps the SDK's core from
 * being joined into one scope, which doubles what a cold start has to parse.
 */
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;

export const eventStreamSerdeProvider = () => {
  throw new Error('Teal calls no operation that streams events');
};

export class EventStreamSerde {
  constructor() {
    eventStreamSerdeProvider();
  }
}
