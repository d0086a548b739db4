import { expect, test } from 'vitest'
import { RecentMap } from './recent-map.ts'

test('never holds more entries than its bound', () => {
  const map = new RecentMap<number>(10)
  for (let i = 0; i < 1000; i++) {
    map.set(`k${i}`, i)
    expect(map.size).toBeLessThanOrEqual(10)
  }
})

test('keeps an entry that is read again and again while others stream through', () => {
  const map = new RecentMap<number>(10)
  map.set('kept', 1)
  for (let i = 0; i < 1000; i++) {
    map.set(`k${i}`, i)
    expect(map.get('kept')).toBe(1)
  }
})

test('forgets what nobody has asked for', () => {
  const map = new RecentMap<number>(10)
  map.set('old', 1)
  for (let i = 0; i < 10; i++) map.set(`k${i}`, i)
  expect(map.get('old')).toBeUndefined()
})

test('bounds the weight of all entries when told what one weighs', () => {
  const map = new RecentMap<string>(100, (value) => value.length)
  for (let i = 0; i < 50; i++) map.set(`k${i}`, 'x'.repeat(20))
  expect(map.size).toBe(4)
})

test('keeps one entry that is heavier than the bound until the next one comes', () => {
  const map = new RecentMap<string>(10, (value) => value.length)
  map.set('heavy', 'x'.repeat(50))
  expect(map.get('heavy')).toHaveLength(50)
  map.set('a', 'y')
  map.set('b', 'z'.repeat(5))
  expect(map.get('heavy')).toBeUndefined()
})

test('a replaced value no longer weighs', () => {
  const map = new RecentMap<string>(20, (value) => value.length)
  for (let i = 0; i < 100; i++) map.set('same', 'x'.repeat(10))
  map.set('same', '')
  map.set('other', 'x'.repeat(10))
  expect(map.get('same')).toBe('')
  expect(map.get('other')).toHaveLength(10)
})

test('a deleted entry is gone from both generations', () => {
  const map = new RecentMap<number>(4)
  map.set('a', 1)
  map.set('b', 2)
  map.set('c', 3)
  map.get('a')
  map.delete('a')
  expect(map.get('a')).toBeUndefined()
})

test('takes out every entry that matches, old or young', () => {
  const map = new RecentMap<number>(6)
  for (let i = 0; i < 5; i++) map.set(`k${i}`, i)
  map.deleteWhere((value) => value % 2 === 0)
  expect([0, 1, 2, 3, 4].map((i) => map.get(`k${i}`))).toEqual([
    undefined,
    1,
    undefined,
    3,
    undefined,
  ])
  map.clear()
  expect(map.size).toBe(0)
})
