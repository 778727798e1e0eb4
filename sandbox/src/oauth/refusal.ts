/** An error of the token endpoint: `{"error", "error_description"}` (RFC 6749, 5.2; statuses as the provider's). */
export class Refusal extends Error {
  readonly error: string
  readonly status: number

  constructor(status: number, error: string, description: string) {
    super(description)
    this.error = error
    this.status = status
  }
}
