import { HIDDEN, jsonRequest } from '../wire/planned-request.ts'
import { type Step, typed } from './step.ts'

/** `POST /register`: the password goes out, and is kept nowhere here. */
export const register: Step = (fields) => ({
  ...jsonRequest('/register', { username: typed(fields, 'username').trim(), password: HIDDEN.password }),
  hidden: { members: { password: typed(fields, 'password') } },
})

/** `POST /login`: a login token for the password, and for the one-time code where the account has a second factor. */
export const login: Step = (fields) => {
  const [username, password, otp] = [typed(fields, 'username').trim(), typed(fields, 'password'), typed(fields, 'otp')]
  const second = otp === '' ? {} : { otp: HIDDEN.otp }
  return {
    ...jsonRequest('/login', { username, password: HIDDEN.password, ...second }),
    hidden: { members: { password, ...(otp === '' ? {} : { otp }) } },
  }
}
