/** `node synth.mjs <file>`: synthesises the stack of that file into cdk.out, as `cdk synth` would, without what is not the stack's own. */
import { pathToFileURL } from 'node:url';
import { App, DefaultStackSynthesizer } from 'aws-cdk-lib';

const { OrdersStack } = await import(pathToFileURL(process.argv[2]).href);
const app = new App({ outdir: 'cdk.out', analyticsReporting: false });
new OrdersStack(app, 'orders-prod', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
app.synth();
