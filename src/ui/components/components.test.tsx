import { describe, expect, it } from 'vitest'
import { renderPage, type VNode } from '../index.ts'
import { Button } from './button.tsx'
import { Duration, formatDuration } from './duration.tsx'
import { ErrorSummary } from './error-summary.tsx'
import { PictureChoices } from './picture-choices.tsx'
import { Progress } from './progress.tsx'
import { Select } from './select.tsx'
import { TextInput } from './text-input.tsx'
import { Time } from './time.tsx'

const draw = (vnode: VNode) => renderPage(vnode).replace('<!doctype html>\n', '')

describe('durations', () => {
  it.each([
    [0, '0.0 s'],
    [-1, '0.0 s'],
    [0.42, '0.4 s'],
    [9.96, '10 s'],
    [59.7, '1 min'],
    [65, '1 min 5 s'],
    [3599.6, '1 h'],
    [4980, '1 h 23 min'],
    [86_399, '1 d'],
    [100_000, '1 d 4 h'],
  ])('%d seconds are "%s"', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })

  it('carry a valid duration string (HTML, "valid duration string": at most three decimals)', () => {
    expect(draw(<Duration seconds={2.6004} />)).toBe('<time datetime="PT2.6S">2.6 s</time>')
  })
})

describe('times', () => {
  it('are UTC, whatever the zone of the server', () => {
    expect(draw(<Time at="2026-11-20T01:30:00+02:00" />)).toBe(
      '<time datetime="2026-11-19T23:30:00.000Z">19 Nov 2026, 23:30 UTC</time>',
    )
    expect(draw(<Time at={new Date(0)} dateOnly />)).toBe('<time datetime="1970-01-01">1 Jan 1970</time>')
  })
})

describe('fields', () => {
  it('tie hint and error to the control, and say that it is invalid', () => {
    const html = draw(<TextInput id="name" name="name" label="Name" hint="Public." error="Too short." value="a" />)
    expect(html).toContain('<label for="name">')
    expect(html).toMatch(/<input [^>]*id="name" aria-describedby="name-hint name-error" aria-invalid="true"/)
    expect(html).toContain('<p class="error" id="name-error">Too short.</p>')
  })

  it('say nothing of hint and error where there is none', () => {
    expect(draw(<TextInput id="name" name="name" label="Name" />)).not.toContain('aria-')
  })

  it('keep a text of several lines, a leading line break included', () => {
    const html = draw(<TextInput id="uris" name="uris" label="URIs" rows={2} value={'\n</textarea>b'} />)
    // HTML drops one line break right after <textarea>, so two are written
    expect(html).toContain('>\n\n&lt;/textarea>b</textarea>')
  })

  it('choose the given option of a list, and only that', () => {
    const options = [
      { value: 'a', label: 'A' },
      { value: 'b', label: 'B' },
    ]
    const html = draw(<Select id="s" name="s" label="S" options={options} value="b" />)
    expect(html.match(/<option[^>]*selected[^>]*>B</g)).toHaveLength(1)
    expect(html.match(/selected/g)).toHaveLength(1)
  })

  it('check the given picture, and only that', () => {
    const options = [
      { value: 'a', label: 'A' },
      { value: 'b', label: 'B' },
    ]
    const html = draw(<PictureChoices id="p" name="p" legend="P" options={options} value="b" error="Pick one." />)
    expect(html.match(/<input[^>]*id="p-b"[^>]*checked/g)).toHaveLength(1)
    expect(html.match(/checked/g)).toHaveLength(1)
    expect(html).toMatch(/^<fieldset [^>]*aria-describedby="p-error"/)
  })
})

describe('buttons', () => {
  it('pass data and aria attributes on, and keep class and type', () => {
    const html = draw(
      <Button id="go" kind="danger" data-run="7" aria-describedby="why">
        Delete
      </Button>,
    )
    expect(html).toBe(
      '<button id="go" data-run="7" aria-describedby="why" class="button danger" type="submit">Delete</button>',
    )
  })
})

describe('the error summary', () => {
  it('is not there without errors', () => {
    expect(draw(<ErrorSummary errors={[]} />)).toBe('')
  })

  it('links each error to its field, and is announced', () => {
    const html = draw(<ErrorSummary errors={[{ field: 'name', message: 'Too short.' }, { message: 'Try again.' }]} />)
    expect(html).toContain('role="alert"')
    expect(html).toContain('<li><a href="#name">Too short.</a></li><li>Try again.</li>')
  })
})

describe('progress', () => {
  it.each([
    [-0.5, '0'],
    [0.624, '62'],
    [7, '100'],
  ])('of %d stands at %s of 100', (value, expected) => {
    expect(draw(<Progress id="p" label="P" value={value} />)).toContain(`max="100" value="${expected}"`)
  })
})
