const SHARED_ROLE = 'IamRoleLambdaExecution';

/**
 * Takes the framework's shared role out of the template: every function has a role of its own, and the plugin that makes
 * those leaves it behind. A role that nobody has is one more that somebody could take.
 */
module.exports = class UnusedRole {
  constructor(serverless) {
    this.serverless = serverless;
    // After that plugin, which is before this one in the list.
    this.hooks = { 'before:package:finalize': () => this.remove() };
  }

  remove() {
    const { Resources } = this.serverless.service.provider.compiledCloudFormationTemplate;
    const { [SHARED_ROLE]: _, ...others } = Resources;
    const isUsed = JSON.stringify(others).includes(`"${SHARED_ROLE}"`);
    if (!isUsed) delete Resources[SHARED_ROLE];
  }
};
