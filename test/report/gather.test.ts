import { expect, test } from 'vitest';
import { gather } from '../../src/report/gather.ts';
import { at, finding, live, report } from './sample.ts';

test('keeps the first by place, and no more than asked for, in whatever order they come', () => {
  const places = [at('b.yaml', 1, 1), at('a.yaml', 10, 1), at('a.yaml', 2, 9), at('a.yaml', 2, 10), live('shop/Deployment/z', '/spec'), at('a.yaml', 2, 1)];
  for (let first = 0; first < places.length; first++) {
    const findings = [...places.slice(first), ...places.slice(0, first)].map((location) => finding({ location }));
    const { groups, violations } = gather(report({ findings }), 'low', 3);
    expect(violations).toBe(6);
    expect(groups).toMatchObject([{ count: 6, kept: [{ location: at('a.yaml', 2, 1) }, { location: at('a.yaml', 2, 9) }, { location: at('a.yaml', 2, 10) }] }]);
    expect(groups[0]?.kept).toHaveLength(3);
  }
});

test('what is below the least severity is not there', () => {
  const findings = [finding({ severity: 'low' }), finding({ severity: 'medium', outcome: 'unknown', because: ['x'] }), finding()];
  expect(gather(report({ findings }), 'high', 3)).toMatchObject({ violations: 1, unknowns: 0, reasons: [] });
});
