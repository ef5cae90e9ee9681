/** A deploy that Teal lets fail, for whoever deploys. */
export class DeployFailed extends Error {
  /** "TEAL_REVERTED" */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'DeployFailed';
    this.code = code;
  }
}
