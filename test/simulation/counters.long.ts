// The same with millions of requests: the number follows CARDEA_TEST_LONG.
// oxlint-disable-next-line import/no-unassigned-import
import './counters.test.ts'
