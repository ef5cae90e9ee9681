/**
 * Refuses to package or deploy freeze windows that Teal cannot read, naming what is wrong: found only by the first release
 * that they are to hold, it would be too late.
 */
module.exports = class FreezeWindows {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = { 'before:package:initialize': () => this.refuseUnreadable() };
  }

  async refuseUnreadable() {
    const { readFreezeWindows } = await import('../functions/release/freeze.ts');
    const read = readFreezeWindows(String(this.serverless.service.custom.freezeWindows));
    if ('wrong' in read) throw new this.serverless.classes.Error(`Parameter ${read.wrong}`);
  }
};
