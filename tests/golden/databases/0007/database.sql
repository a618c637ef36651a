set session_replication_role = replica;
copy public."asset" ("tenant", "id", "site_id", "name") from stdin;
1	1	1	Press 5
1	2	1	Compressor station 1
1	3	1	Boiler house
2	4	2	Press 5
3	5	3	Press 9
\.
copy public."batch" ("tenant", "id", "kind", "source", "reason", "recorded_by", "recorded_at", "payload_sha256", "idempotency_key", "stored", "corrected", "unchanged", "refused", "request_sha256") from stdin;
1	1	import	heat.kwh.csv	\N	maker	2026-01-02 06:00:00+00	\\x1a76f2c09c2fb300f47e6fbb108dfe4823558bde46644bc4ebab0c45f609a370	\N	61	0	0	0	\N
1	2	import	weather.degc.csv	\N	maker	2026-01-02 06:00:00+00	\\xabdf30b5dbaf964a12cbc650803f350337a1b3bb2cba88093c1ea19f2fc166ec	\N	61	0	0	0	\N
1	3	import	heat.kwh.csv	\N	maker	2026-01-02 06:00:00+00	\\x5aaf0fc27531fd0f90f5cfb941a94b244e710bb82620d4d8c6a5ffd27892ade0	\N	91	0	0	0	\N
1	4	import	weather.degc.csv	\N	maker	2026-01-02 06:00:00+00	\\xcc125b5f7c82c09e82e560c31b7428351d03b5cab0de9b28527253d3dfb99b27	\N	91	0	0	0	\N
1	5	import	p5.kwh.csv	\N	maker	2026-01-31 06:00:00+00	\\x4347ba0be20bc16f160da1d788f9cc48866222f2a4a0bcab8f8aa8cad9463974	\N	4	0	0	0	\N
1	6	import	p5.hours.csv	\N	maker	2026-01-31 06:00:00+00	\\x478f631bf813cf1c0fd9e857750787b9648db09e4a006b4d7ce4e6ed612e58ef	\N	3	0	0	0	\N
1	7	import	p5.kw.csv	\N	maker	2026-01-31 06:00:00+00	\\x5c0107af1b12169e646af4514be3ddff0857819c5184af65b4c4941389558c5b	\N	2	0	0	0	\N
1	8	import	p5.parts.csv	\N	maker	2026-01-31 06:00:00+00	\\x17ae77eae3f78832b9701584382ec657575c2c0e75cfa6855fb83ff1b6dfe9d6	\N	4	0	0	0	\N
1	9	import	k1.air.csv	\N	maker	2026-01-31 06:00:00+00	\\x8aa15a56637cc113a59695151d1c6f0f26cf4a63c13d86772fdf831709f3b624	\N	48	0	0	0	\N
1	10	import	p5.kwh.csv	transmitter exchanged	maker	2026-02-10 06:00:00+00	\\x6c851136dc5e96fbbb313c6a1f7ca3048a8c07960ad86b5d3cb1275f13d0b9c6	\N	1	1	0	0	\N
1	11	set	edit 1	read by hand (prepared by maker, released by finance)	maker	2026-02-10 06:00:00+00	\\x	\N	1	0	0	0	\N
1	12	import	p5.kwh.csv	\N	maker	2026-02-28 06:00:00+00	\\xf552394cc684968c973ebcfc8a49af2b17d3f2c7d287ff136faaf12a2fb04e24	\N	4	0	0	0	\N
1	13	import	p5.hours.csv	\N	maker	2026-02-28 06:00:00+00	\\x257820d3a692ae1c51260eaad11f9a231214aae73fa9580de597a84655c9fe96	\N	2	0	1	0	\N
1	14	import	p5.kw.csv	\N	maker	2026-02-28 06:00:00+00	\\xc260d47f6f847dbfc520077fc2ed52401133529c9ad630dc03d12a01b4b01be7	\N	2	0	0	0	\N
1	15	import	p5.parts.csv	\N	maker	2026-02-28 06:00:00+00	\\x823e21779419d3b7507dead405d798ff03078d6bae710515f7b0be23c6aec122	\N	4	0	0	0	\N
1	16	import	k1.air.csv	\N	maker	2026-02-28 06:00:00+00	\\x0c4413bbee62889d1e8b750809016db78e20f51b040482f3f60c9be6dda29566	\N	48	0	0	0	\N
1	17	import	p5.kwh.csv	\N	maker	2026-03-31 06:00:00+00	\\x31ed0e07bfa7c15928e69d52b0883c54f93d8669ec78727ed5b6ff459975f8be	\N	4	0	0	0	\N
1	18	import	p5.hours.csv	\N	maker	2026-03-31 06:00:00+00	\\xb261c57ca8e825fd566acf34a9fb4458cdd71ec2e882c28aa83cd8f7f522b3bf	\N	2	0	1	0	\N
1	19	import	p5.kw.csv	\N	maker	2026-03-31 06:00:00+00	\\xe6f7e5d23a676bf5cfbb066965f4203fa78e08fdc5dfb95dc1e4d10de2a62cbb	\N	2	0	0	0	\N
1	20	import	p5.parts.csv	\N	maker	2026-03-31 06:00:00+00	\\x6524b790e340e9893dcd022d81fc52a8ec7b14a90e9928a68b88fa2f8d0b1b53	\N	4	0	0	0	\N
1	21	import	k1.air.csv	\N	maker	2026-03-31 06:00:00+00	\\x9c17aaa5d2cc3a5cbbf31377cf3d620db566d2ddec50f03e2ce8c2b5d59d6218	\N	48	0	0	0	\N
1	22	estimation	estimates of k1.air	the logger was off	maker	2026-03-31 06:00:00+00	\\x	\N	1	0	0	0	\N
2	23	import	u1.kwh.csv	\N	ulm	2026-01-02 06:00:00+00	\\x4347ba0be20bc16f160da1d788f9cc48866222f2a4a0bcab8f8aa8cad9463974	\N	4	0	0	0	\N
2	24	import	u1.kwh.csv	\N	ulm	2026-02-02 06:00:00+00	\\xf552394cc684968c973ebcfc8a49af2b17d3f2c7d287ff136faaf12a2fb04e24	\N	4	0	0	0	\N
3	25	import	w.device.csv	\N	west	2026-01-31 06:00:00+00	\\xe942423a257807d22e7f8a6f297d39a0da1e227c595b2306c97b43848f1b09b0	\N	1	0	0	0	\N
3	26	exchange	exchange of w.device	\N	west	2026-01-31 06:00:00+00	\\x	\N	1	0	0	0	\N
3	27	import	w.kwh.csv	\N	west	2026-01-31 06:00:00+00	\\xf2e3a86717ce274e23dc1bf165d0f787d3fb3d253aa968273b91c9e64ae37601	\N	3	0	0	0	\N
3	28	import	w.mj.csv	\N	west	2026-01-31 06:00:00+00	\\x5746b1be90b17c0f22ab21e9ca1ab80f0acdef7a6e97fa467879ba0a8419b747	\N	3	0	0	0	\N
3	29	import	w.line.csv	\N	west	2026-01-31 06:00:00+00	\\xcda34d121ea1df89c64928e016d69ed823be12f10f663721ee405ecc39f48b96	\N	2	0	0	0	\N
3	30	import	w.counter.csv	\N	west	2026-01-31 06:00:00+00	\\x8a95e8ce1f60ee14f3110e53256bd87c577cb226f221fd0b54ddb938c8935b5d	\N	2	0	0	0	\N
3	31	import	w.parts.csv	\N	west	2026-01-31 06:00:00+00	\\x87427e97ff06cc147ddb5cf724387ac7902237ec40c55c0049dd3ad7d8a73141	\N	3	0	0	0	\N
3	32	import	w.device.csv	\N	west	2026-01-31 06:00:00+00	\\x0611c21ae86a201a80b756f109a9d2dfc12828dd22a960f7c55e932557496993	\N	1	0	1	0	\N
3	33	import	w.ended.csv	\N	west	2026-01-31 06:00:00+00	\\xba1ab9b49c6790b8f8776ab84a5b9925083378db83db49969ee528b44327b8b9	\N	1	0	0	0	\N
3	34	import	w.waits.csv	\N	west	2026-01-31 06:00:00+00	\\xba1ab9b49c6790b8f8776ab84a5b9925083378db83db49969ee528b44327b8b9	\N	1	0	0	0	\N
3	35	import	w.ended.csv	\N	west	2026-02-05 06:00:00+00	\\x39a2895915886d7a29d275fe4b2451819e023dbd56a5d1713b23f3fdd91cd5d1	\N	1	0	0	0	\N
3	36	import	w.counter.csv	\N	west	2026-02-05 06:00:00+00	\\x397fedffc0b4a5c42d528da7d633f22c079d2631efcd74e87653df24d161f6ba	\N	1	0	0	0	\N
3	37	import	w.line.csv	\N	west	2026-02-05 06:00:00+00	\\xf4b24fdb99134998c631b8c71e89d7b80e938a55d2a5ae4ed7e33d83ddb14ef2	\N	1	0	0	0	\N
3	38	import	w.ended.csv	counted twice	west	2026-02-09 06:00:00+00	\\x777be2fa985bbbd2f95159c5e33a028724a268d883bac3c10995b60c812db4e3	\N	1	1	0	0	\N
3	39	import	w.kwh.csv	\N	west	2026-02-28 06:00:00+00	\\x8ece1241da63fc10a3903c3aa520effa9b932ae1a3b4952b48f39f678dd520ba	\N	3	0	0	0	\N
3	40	import	w.mj.csv	\N	west	2026-02-28 06:00:00+00	\\x00983e9ac21e362432c96e94273a65b94c01ba6ce11aa3798831a0595f067d54	\N	3	0	0	0	\N
3	41	import	w.line.csv	\N	west	2026-02-28 06:00:00+00	\\x4a08df37e351ee9ad71b7f5ff3867691afd0074d20a50636bf41e8591fa55151	\N	2	1	0	0	\N
3	42	import	w.counter.csv	\N	west	2026-02-28 06:00:00+00	\\x6ee6a4ba2a948c02f246434dc6a6891927ef86e9e343ce9de8ff69a551bc1ee7	\N	2	0	0	0	\N
3	43	import	w.parts.csv	\N	west	2026-02-28 06:00:00+00	\\x731850bd3e721938b95bc66e57981d1670342bb8e7853d09d60333e61d4c2c62	\N	3	0	0	0	\N
3	44	import	w.device.csv	\N	west	2026-02-28 06:00:00+00	\\xd9a72d6d5ea25922a6f68162979eee36fcbc88aa48c85a65e79e6ed62a04f5a1	\N	1	0	1	0	\N
3	45	import	w.kwh.csv	\N	west	2026-03-31 06:00:00+00	\\x68ce6bc901086791994289e4b029b6b67ec3349936d3add11adc3d6f9d227c65	\N	3	0	0	0	\N
3	46	import	w.mj.csv	\N	west	2026-03-31 06:00:00+00	\\x5b14906688259b0a7a9ed1a4d466194715509b19351a27687d80aaff6bb75fcb	\N	3	0	0	0	\N
3	47	import	w.line.csv	\N	west	2026-03-31 06:00:00+00	\\x1b8c3841f19af35fd23ba76fc5145f98824dfc92e834d785b6cf3142f8d94d3b	\N	2	0	0	0	\N
3	48	import	w.counter.csv	\N	west	2026-03-31 06:00:00+00	\\x6432a9e4c229643e4307f3319244976905b14bb7f8f5ae546e0a514837daaf5c	\N	2	0	0	0	\N
3	49	import	w.parts.csv	\N	west	2026-03-31 06:00:00+00	\\x2596cb99827c90ad0f4ca21de79ec727773bba1c9b40b8263acc3c0941dc1a1e	\N	3	0	0	0	\N
3	50	import	w.device.csv	\N	west	2026-03-31 06:00:00+00	\\x999cc2d35ee95f44ac0572f119a8ea23272a8173af4f0653beba009a3c463e6c	\N	1	0	1	0	\N
3	51	import	w.ended.csv	\N	west	2026-03-31 06:00:00+00	\\x97e7384672f17bf453f5d5a4081cd2f48bfffd8c16b8dff4dc79e313c9202015	\N	1	0	0	0	\N
3	52	import	w.waits.csv	\N	west	2026-04-01 06:00:00+00	\\xd559d9000ea878ecc826475f14b5ca795221cbfcf92e6cb2624f7f6e2c93b227	\N	1	0	0	0	\N
3	53	import	w.kwh.csv	\N	west	2026-04-03 06:00:00+00	\\x951702b3848cf28026e9f2421fb1fb687773fd3582f2a0d5219ed09402de26e7	\N	1	0	0	0	\N
3	54	import	w.mj.csv	\N	west	2026-04-03 06:00:00+00	\\x533c6452e5010a4af81b7ae2c1122216149b83f6fbb20ee06f3424ba521bf674	\N	1	0	0	0	\N
\.
copy public."batch_touch" ("tenant", "series", "batch", "start", "end", "corrected") from stdin;
1	1	5	2026-01-04 09:00:00+00	2026-01-04 10:00:00+00	0
1	1	5	2026-01-10 09:00:00+00	2026-01-10 10:00:00+00	0
1	1	5	2026-01-17 09:00:00+00	2026-01-17 10:00:00+00	0
1	1	5	2026-01-24 09:00:00+00	2026-01-24 10:00:00+00	0
1	1	10	2026-01-10 09:00:00+00	2026-01-10 10:00:00+00	1
1	1	12	2026-02-04 09:00:00+00	2026-02-04 10:00:00+00	0
1	1	12	2026-02-10 09:00:00+00	2026-02-10 10:00:00+00	0
1	1	12	2026-02-17 09:00:00+00	2026-02-17 10:00:00+00	0
1	1	12	2026-02-24 09:00:00+00	2026-02-24 10:00:00+00	0
1	1	17	2026-03-04 09:00:00+00	2026-03-04 10:00:00+00	0
1	1	17	2026-03-10 09:00:00+00	2026-03-10 10:00:00+00	0
1	1	17	2026-03-17 09:00:00+00	2026-03-17 10:00:00+00	0
1	1	17	2026-03-24 09:00:00+00	2026-03-24 10:00:00+00	0
1	2	6	2025-12-31 23:00:00+00	2025-12-31 23:00:00.000001+00	0
1	2	6	2026-01-16 23:00:00+00	2026-01-16 23:00:00.000001+00	0
1	2	6	2026-01-31 23:00:00+00	2026-01-31 23:00:00.000001+00	0
1	2	13	2026-02-16 23:00:00+00	2026-02-16 23:00:00.000001+00	0
1	2	13	2026-02-28 23:00:00+00	2026-02-28 23:00:00.000001+00	0
1	2	18	2026-03-16 23:00:00+00	2026-03-16 23:00:00.000001+00	0
1	2	18	2026-03-31 22:00:00+00	2026-03-31 22:00:00.000001+00	0
1	3	7	2025-12-31 23:00:00+00	2025-12-31 23:00:00.000001+00	0
1	3	7	2026-01-10 11:00:00+00	2026-01-10 11:00:00.000001+00	0
1	3	14	2026-01-31 23:00:00+00	2026-01-31 23:00:00.000001+00	0
1	3	14	2026-02-10 11:00:00+00	2026-02-10 11:00:00.000001+00	0
1	3	19	2026-02-28 23:00:00+00	2026-02-28 23:00:00.000001+00	0
1	3	19	2026-03-10 11:00:00+00	2026-03-10 11:00:00.000001+00	0
1	4	8	2026-01-04 07:00:00+00	2026-01-04 07:00:00.000001+00	0
1	4	8	2026-01-10 07:00:00+00	2026-01-10 07:00:00.000001+00	0
1	4	8	2026-01-17 07:00:00+00	2026-01-17 07:00:00.000001+00	0
1	4	8	2026-01-24 07:00:00+00	2026-01-24 07:00:00.000001+00	0
1	4	15	2026-02-04 07:00:00+00	2026-02-04 07:00:00.000001+00	0
1	4	15	2026-02-10 07:00:00+00	2026-02-10 07:00:00.000001+00	0
1	4	15	2026-02-17 07:00:00+00	2026-02-17 07:00:00.000001+00	0
1	4	15	2026-02-24 07:00:00+00	2026-02-24 07:00:00.000001+00	0
1	4	20	2026-03-04 07:00:00+00	2026-03-04 07:00:00.000001+00	0
1	4	20	2026-03-10 07:00:00+00	2026-03-10 07:00:00.000001+00	0
1	4	20	2026-03-17 07:00:00+00	2026-03-17 07:00:00.000001+00	0
1	4	20	2026-03-24 07:00:00+00	2026-03-24 07:00:00.000001+00	0
1	5	9	2026-01-04 23:00:00+00	2026-01-06 23:00:00+00	0
1	5	9	2026-01-27 09:00:00+00	2026-01-27 10:00:00+00	0
1	5	11	2026-02-06 12:00:00+00	2026-02-06 13:00:00+00	0
1	5	16	2026-02-04 23:00:00+00	2026-02-06 23:00:00+00	0
1	5	16	2026-02-27 09:00:00+00	2026-02-27 10:00:00+00	0
1	5	21	2026-03-04 23:00:00+00	2026-03-06 23:00:00+00	0
1	5	21	2026-03-27 09:00:00+00	2026-03-27 10:00:00+00	0
1	5	22	2026-03-06 12:00:00+00	2026-03-06 13:00:00+00	0
1	6	1	2025-10-31 23:00:00+00	2025-12-30 23:00:00.000001+00	0
1	6	3	2025-12-31 23:00:00+00	2026-03-31 22:00:00.000001+00	0
1	7	2	2025-10-31 23:00:00+00	2025-12-30 23:00:00.000001+00	0
1	7	4	2025-12-31 23:00:00+00	2026-03-31 22:00:00.000001+00	0
2	11	23	2026-01-04 09:00:00+00	2026-01-04 10:00:00+00	0
2	11	23	2026-01-10 09:00:00+00	2026-01-10 10:00:00+00	0
2	11	23	2026-01-17 09:00:00+00	2026-01-17 10:00:00+00	0
2	11	23	2026-01-24 09:00:00+00	2026-01-24 10:00:00+00	0
2	11	24	2026-02-04 09:00:00+00	2026-02-04 10:00:00+00	0
2	11	24	2026-02-10 09:00:00+00	2026-02-10 10:00:00+00	0
2	11	24	2026-02-17 09:00:00+00	2026-02-17 10:00:00+00	0
2	11	24	2026-02-24 09:00:00+00	2026-02-24 10:00:00+00	0
3	15	27	2026-01-05 09:00:00+00	2026-01-05 10:00:00+00	0
3	15	27	2026-01-13 09:00:00+00	2026-01-13 10:00:00+00	0
3	15	27	2026-01-21 09:00:00+00	2026-01-21 10:00:00+00	0
3	15	39	2026-02-05 09:00:00+00	2026-02-05 10:00:00+00	0
3	15	39	2026-02-13 09:00:00+00	2026-02-13 10:00:00+00	0
3	15	39	2026-02-21 09:00:00+00	2026-02-21 10:00:00+00	0
3	15	45	2026-03-05 09:00:00+00	2026-03-05 10:00:00+00	0
3	15	45	2026-03-13 09:00:00+00	2026-03-13 10:00:00+00	0
3	15	45	2026-03-21 09:00:00+00	2026-03-21 10:00:00+00	0
3	15	53	2026-01-27 09:00:00+00	2026-01-27 10:00:00+00	0
3	16	28	2026-01-05 09:00:00+00	2026-01-05 10:00:00+00	0
3	16	28	2026-01-13 09:00:00+00	2026-01-13 10:00:00+00	0
3	16	28	2026-01-21 09:00:00+00	2026-01-21 10:00:00+00	0
3	16	40	2026-02-05 09:00:00+00	2026-02-05 10:00:00+00	0
3	16	40	2026-02-13 09:00:00+00	2026-02-13 10:00:00+00	0
3	16	40	2026-02-21 09:00:00+00	2026-02-21 10:00:00+00	0
3	16	46	2026-03-05 09:00:00+00	2026-03-05 10:00:00+00	0
3	16	46	2026-03-13 09:00:00+00	2026-03-13 10:00:00+00	0
3	16	46	2026-03-21 09:00:00+00	2026-03-21 10:00:00+00	0
3	16	54	2026-02-27 09:00:00+00	2026-02-27 10:00:00+00	0
3	17	29	2026-01-04 23:00:00+00	2026-01-04 23:00:00.000001+00	0
3	17	29	2026-01-20 23:00:00+00	2026-01-20 23:00:00.000001+00	0
3	17	37	2026-02-04 23:00:00+00	2026-02-04 23:00:00.000001+00	0
3	17	41	2026-02-04 23:00:00+00	2026-02-04 23:00:00.000001+00	1
3	17	41	2026-02-20 23:00:00+00	2026-02-20 23:00:00.000001+00	0
3	17	47	2026-03-04 23:00:00+00	2026-03-04 23:00:00.000001+00	0
3	17	47	2026-03-20 23:00:00+00	2026-03-20 23:00:00.000001+00	0
3	18	30	2026-01-04 23:00:00+00	2026-01-04 23:00:00.000001+00	0
3	18	30	2026-01-20 23:00:00+00	2026-01-20 23:00:00.000001+00	0
3	18	36	2025-12-29 23:00:00+00	2025-12-29 23:00:00.000001+00	0
3	18	42	2026-02-04 23:00:00+00	2026-02-04 23:00:00.000001+00	0
3	18	42	2026-02-20 23:00:00+00	2026-02-20 23:00:00.000001+00	0
3	18	48	2026-03-04 23:00:00+00	2026-03-04 23:00:00.000001+00	0
3	18	48	2026-03-20 23:00:00+00	2026-03-20 23:00:00.000001+00	0
3	19	25	2025-12-31 23:00:00+00	2025-12-31 23:00:00.000001+00	0
3	19	26	2026-01-15 09:00:00+00	2026-01-15 09:00:00.000001+00	1
3	19	32	2026-01-31 23:00:00+00	2026-01-31 23:00:00.000001+00	0
3	19	44	2026-02-28 23:00:00+00	2026-02-28 23:00:00.000001+00	0
3	19	50	2026-03-31 22:00:00+00	2026-03-31 22:00:00.000001+00	0
3	20	31	2026-01-05 07:00:00+00	2026-01-05 07:00:00.000001+00	0
3	20	31	2026-01-13 07:00:00+00	2026-01-13 07:00:00.000001+00	0
3	20	31	2026-01-21 07:00:00+00	2026-01-21 07:00:00.000001+00	0
3	20	43	2026-02-05 07:00:00+00	2026-02-05 07:00:00.000001+00	0
3	20	43	2026-02-13 07:00:00+00	2026-02-13 07:00:00.000001+00	0
3	20	43	2026-02-21 07:00:00+00	2026-02-21 07:00:00.000001+00	0
3	20	49	2026-03-05 07:00:00+00	2026-03-05 07:00:00.000001+00	0
3	20	49	2026-03-13 07:00:00+00	2026-03-13 07:00:00.000001+00	0
3	20	49	2026-03-21 07:00:00+00	2026-03-21 07:00:00.000001+00	0
3	21	33	2026-01-10 07:00:00+00	2026-01-10 07:00:00.000001+00	0
3	21	35	2026-01-20 07:00:00+00	2026-01-20 07:00:00.000001+00	0
3	21	38	2026-01-10 07:00:00+00	2026-01-10 07:00:00.000001+00	1
3	21	51	2026-01-21 07:00:00+00	2026-01-21 07:00:00.000001+00	0
3	22	34	2026-01-10 07:00:00+00	2026-01-10 07:00:00.000001+00	0
3	22	52	2026-01-20 07:00:00+00	2026-01-20 07:00:00.000001+00	0
\.
copy public."contract" ("tenant", "id", "reference", "supplier_id", "customer_id") from stdin;
1	1	TIERS	1	2
1	2	ADVANCE	1	3
1	3	PREPAID	1	2
1	4	RATCHET	1	3
1	5	COMMITTED	1	2
1	6	INDEXED	1	2
1	7	AMENDED	1	3
1	8	QUOTED	1	2
1	9	DOUBTED	1	2
1	10	SAVING	1	2
2	11	U-1	4	5
2	12	U-2	4	5
3	13	PEAK	6	7
3	14	RENAMED	6	7
3	15	NEUTRAL	6	7
3	16	DIVIDED	6	7
3	17	PROLONGED	6	7
3	18	HEAT	6	7
3	19	MOVED	6	7
3	20	DOUBTED	6	7
3	21	ENDED	6	7
3	22	WAITS	6	7
3	23	LINE	6	7
3	24	COUNTER	6	7
3	25	DEVICE	6	7
3	26	CLOCK	6	7
3	27	EARLIER	6	7
\.
copy public."contract_version" ("tenant", "id", "contract_id", "customer_id", "number", "effective", "recorded_at", "recorded_by", "terms", "released_at", "released_by") from stdin;
1	1	1	2	1	2026-01-01	2025-12-20 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": ["Press 5"], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "100.00", "proration": "calendar_days", "arithmetic": 1, "in_advance": false, "share_places": null}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "energy", "rule": {"per": "year", "kind": "graduated", "unit": "kWh", "tiers": [{"above": null, "block": null, "up_to": "150", "flat_fee": "0", "amount_cap": null, "unit_price": "0.50"}, {"above": null, "block": null, "up_to": null, "flat_fee": "0", "amount_cap": null, "unit_price": "0.20"}], "arithmetic": 1, "flat_fee_at_zero": true}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "p5.kwh", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "minimum", "rule": {"of": [], "per": "quarter", "kind": "minimum_spend", "amount": "900", "proration": "calendar_days", "arithmetic": 2, "lowered_by": []}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "rebate", "rule": {"of": ["energy"], "kind": "discount", "first": null, "amount": null, "percent": "3", "proration": "calendar_days", "after_last": null, "arithmetic": 2}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "TIERS", "currency": "EUR", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	finance
1	2	2	3	1	2026-01-01	2025-12-20 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "rent", "rule": {"kind": "fixed_fee", "amount": "310.00", "proration": "calendar_days", "arithmetic": 1, "in_advance": true, "share_places": null}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "parts", "rule": {"kind": "matrix", "unit": "part", "entries": [{"when": {"material": "steel"}, "unit_price": "1.40"}], "otherwise": "0.90", "arithmetic": 1}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "p5.parts", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "ADVANCE", "currency": "EUR", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	finance
1	3	3	2	1	2026-01-01	2025-12-20 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "hours", "rule": {"kind": "prepaid", "unit": "machine_hour", "blocks": [{"cost": "2000", "name": "block 1", "units": "230", "amount": null, "bought": "2026-01-01", "expires": "2027-01-01", "priority": 0}], "arithmetic": 2, "unit_price": "12.50"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "p5.hours", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "PREPAID", "currency": "EUR", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	finance
1	4	4	3	1	2026-01-01	2025-12-20 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "demand", "rule": {"band": null, "kind": "demand", "peak": "own", "unit": "kW", "minimum": "0", "ratchet": {"percent": "80", "periods": 11}, "sliding": false, "calendar": null, "proration": "calendar_days", "arithmetic": 1, "unit_price": "9.80", "power_factor": null, "block_minutes": 60}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "p5.kwh", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "level", "rule": {"per": "period", "kind": "per_unit", "unit": "kWh", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.01"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "p5.kw", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "RATCHET", "currency": "EUR", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	finance
1	5	5	2	1	2026-01-01	2025-12-20 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "hours", "rule": {"band": null, "kind": "commitment", "unit": "machine_hour", "calendar": null, "committed": [{"per": "quarter", "amount": null, "true_up": true, "capacity": null, "quantity": "150", "proration": "calendar_days"}], "each_hour": false, "arithmetic": 2, "unit_price": "9", "overage_factor": "1.1"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "p5.hours", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "energy", "rule": {"per": "year", "kind": "take_or_pay", "ramp": [], "unit": "kWh", "proration": "calendar_days", "arithmetic": 2, "unit_price": "0.30", "take_percent": "85", "make_up_years": 3, "excess_percent": null, "annual_quantity": "1000", "excess_unit_price": null, "carry_forward_years": 0}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": {"per": "period", "unit": "kWh", "quantity": "50", "proration": "calendar_days", "arithmetic": 2, "carry_forward": "20", "each_register": false}, "register": "p5.kwh", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "COMMITTED", "currency": "EUR", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	finance
1	6	6	2	1	2026-01-01	2025-12-20 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "air", "rule": {"per": "period", "kind": "per_unit", "unit": "m3@din1343", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.0300"}, "index": {"only": [], "clause": {"kind": "following", "every": "month", "fixed": "0.2", "floor": null, "terms": [{"base": "120", "index": "CPI", "weight": "0.8", "base_month": null}], "ceiling": null, "threshold": null, "arithmetic": 2, "lag_months": 1, "first_review": "2026-02-01", "factor_places": 6, "at_most_percent": null, "at_least_percent": null}, "price_places": null}, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "k1.air", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "INDEXED", "currency": "EUR", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	finance
1	7	7	3	1	2026-01-01	2025-12-20 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "280.00", "proration": "calendar_days", "arithmetic": 1, "in_advance": false, "share_places": null}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "energy", "rule": {"per": "period", "kind": "per_unit", "unit": "kWh", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.40"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "p5.kwh", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "AMENDED", "currency": "EUR", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	finance
1	8	8	2	1	2026-01-01	2025-12-20 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "55.00", "proration": "calendar_days", "arithmetic": 1, "in_advance": false, "share_places": null}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "QUOTED", "currency": "EUR", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": "2025-11-03", "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	finance
1	9	9	2	1	2026-01-01	2025-12-20 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "air", "rule": {"per": "period", "kind": "volume", "unit": "m3@iso1217", "tiers": [{"above": null, "block": null, "up_to": "1000", "flat_fee": "0", "amount_cap": null, "unit_price": "0.05"}, {"above": null, "block": null, "up_to": null, "flat_fee": "0", "amount_cap": null, "unit_price": "0.04"}], "arithmetic": 1, "flat_fee_at_zero": true}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "k1.air", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "DOUBTED", "currency": "EUR", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	finance
1	10	10	2	1	2026-01-01	2026-01-02 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "share", "rule": {"per": "quarter", "kind": "savings_share", "unit": "kWh", "losses": "credited", "at_most": null, "tranches": [{"up_to": null, "percent": ["80", "60"]}], "valuation": {"kind": "at_prices", "unit": "kWh", "bands": {"all": {"base": null, "floor": null, "price": "0.12", "series": null, "ceiling": null, "tax_percent": "0"}}, "places": 2}, "arithmetic": 2, "on_account": {"amount": ["150.00"]}, "until_repaid": null}, "index": null, "usage": "heat saved", "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "guarantee", "rule": {"of": "energy", "per": "quarter", "kind": "savings_guarantee", "unit": "kWh", "price": "0.05", "excess": "carried", "at_most": null, "dead_band": "gates", "valuation": null, "arithmetic": 2, "cumulative": false, "guaranteed": ["40000"], "deemed_from": null, "bonus_percent": "0", "dead_band_percent": "0"}, "index": null, "usage": "heat saved", "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [{"name": "heat saved", "masks": [], "split": null, "option": {"kind": "retrofit_isolation", "less": [], "further": {}, "baseline": {"unit": "kWh", "zone": "Europe/Berlin", "first": "2025-11-01", "model": {"form": "3PH", "kind": "linear", "slope": null, "cooling": null, "drivers": {}, "heating": {"slope": "50.472572417743805", "balance_point": "45.0"}, "intercept": "1212.5729611278323"}, "method": {"fuel": "electricity", "kind": "caltrack_daily", "modes": {}, "drivers": {}, "arithmetic": 1, "degree_days": {}}, "ranges": {"temperature": {"most": "46.0400000000", "least": "27.6800000000"}}, "totals": null, "figures": {"n": 61, "p": 1, "sse": "54641.1011784629", "mean": "1652.13114754098", "nmbe_n": "-0.000000000000000106038526948124", "rmse_n": "29.9291790235546", "n_prime": "173.992403439216", "rmse_n_p": "30.1775582120398", "variance": "51008.4746036012", "cv_rmse_n": "0.0181154983174919", "r_squared": "0.982439079702243", "nmbe_n_p_1": "-0.000000000000000109633053285348", "cv_rmse_n_p": "0.0182658369808933", "cv_rmse_n_p_1": "0.0184199817979419", "autocorrelation": "-0.480834281387497", "r_squared_adjusted": "0.982141436985332", "r_squared_correlation": "0.982439079702244", "r_squared_correlation_adjusted": "0.982141436985332"}, "findings": [{"code": "too_few_days", "found": "61", "detail": "complete days", "expected": "at least 328", "severity": "disqualification"}, {"code": "candidates", "found": "", "detail": "2014 candidates, adjusted R² 0.982141437", "expected": "", "severity": "note"}], "after_last": "2026-01-01", "input_sha256": "02e5a7441599f9dce6a9dd08c3f88036a5c7328ab1892dfb97fd201e5275fe16", "temperature_unit": "degF"}, "registers": ["heat.kwh"], "temperature": "weather.degc", "accepted_despite": "the boiler was new in November"}, "places": 0, "shares": {}, "calendar": null, "confidence": "0.9", "signatures": [{"on": "2026-01-02", "party": "Nordluft GmbH", "person": "Emil Kurz"}, {"on": "2026-01-03", "party": "Blechwerke KG", "person": "Dora Meier"}], "adjustments": [], "extrapolation": {"declined": "5"}, "least_coverage": "0.9"}], "contract": "SAVING", "currency": "EUR", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": [], "country": "DE"}, "extension": null, "statement": {"per": "quarter", "factors": [{"per": "kWh", "name": "CO2", "unit": "kg", "first": "2026-01-01", "value": "0.2", "source": "UBA"}], "verifier": null, "signatories": {"Blechwerke KG": ["Dora Meier"], "Nordluft GmbH": ["Emil Kurz"]}, "silent_days": 30}, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2026-01-02 06:00:00+00	finance
1	11	7	3	2	2026-02-15	2026-02-10 06:00:00+00	maker	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "second press", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "560.00", "proration": "calendar_days", "arithmetic": 1, "in_advance": false, "share_places": null}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "energy", "rule": {"per": "period", "kind": "per_unit", "unit": "kWh", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.40"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "p5.kwh", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "AMENDED", "currency": "EUR", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": "2026-02-15"}	2026-02-10 06:00:00+00	finance
2	12	11	5	1	2026-01-01	2026-01-02 06:00:00+00	ulm	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "energy", "rule": {"per": "period", "kind": "per_unit", "unit": "kWh", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.25"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "u1.kwh", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "U-1", "currency": "EUR", "customer": {"name": "Ulmer Guss", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Südpresse AG", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2026-01-02 06:00:00+00	ulm office
2	13	12	5	1	2026-01-01	2026-03-02 06:00:00+00	ulm	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "99.00", "proration": "calendar_days", "arithmetic": 1, "in_advance": false, "share_places": null}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "U-2", "currency": "EUR", "customer": {"name": "Ulmer Guss", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Südpresse AG", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2026-03-02 06:00:00+00	ulm
3	14	13	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "demand", "rule": {"band": null, "kind": "demand", "peak": "own", "unit": "kW", "minimum": "0", "ratchet": {"percent": "80", "periods": 11}, "sliding": false, "calendar": null, "proration": "calendar_days", "arithmetic": 1, "unit_price": "9.80", "power_factor": null, "block_minutes": 60}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.kwh", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "PEAK", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	15	14	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "energy", "rule": {"per": "year", "kind": "graduated", "unit": "kWh", "tiers": [{"above": null, "block": null, "up_to": "150", "flat_fee": "0", "amount_cap": null, "unit_price": "0.50"}, {"above": null, "block": null, "up_to": null, "flat_fee": "0", "amount_cap": null, "unit_price": "0.20"}], "arithmetic": 1, "flat_fee_at_zero": true}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": {"per": "period", "unit": "kWh", "quantity": "20", "proration": "calendar_days", "arithmetic": 2, "carry_forward": "20", "each_register": false}, "register": "w.kwh", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "RENAMED", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	16	15	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": "2026-03-01", "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.parts", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "NEUTRAL", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	17	16	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": "2026-03-01", "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.parts", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "DIVIDED", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	18	17	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": "2026-01-16", "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.parts", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "PROLONGED", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	19	18	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "heat", "rule": {"per": "year", "kind": "graduated", "unit": "kWh", "tiers": [{"above": null, "block": null, "up_to": "100", "flat_fee": "0", "amount_cap": null, "unit_price": "0.50"}, {"above": null, "block": null, "up_to": null, "flat_fee": "0", "amount_cap": null, "unit_price": "0.20"}], "arithmetic": 1, "flat_fee_at_zero": true}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.mj", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "HEAT", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	20	19	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": {"only": [], "clause": {"kind": "following", "every": "month", "fixed": "0", "floor": null, "terms": [{"base": "100", "index": "prices", "weight": "1", "base_month": null}], "ceiling": null, "threshold": null, "arithmetic": 2, "lag_months": 1, "first_review": "2026-01-15", "factor_places": 6, "at_most_percent": null, "at_least_percent": null}, "price_places": null}, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.parts", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "MOVED", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	21	20	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.parts", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "DOUBTED", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	22	21	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": "2026-02-01", "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.ended", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "ENDED", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 2}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	23	22	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": "2026-02-01", "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.waits", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "WAITS", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	24	23	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "kWh", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.line", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "LINE", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 60}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	25	24	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "kWh", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.counter", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "COUNTER", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	26	25	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": "2026-05-01", "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "kWh", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.device", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "DEVICE", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	27	26	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": null, "zone": "Europe/London", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [{"band": "day", "name": "day", "unit": null, "where": {}, "states": [], "formula": null, "sliding": false, "calendar": {"bands": [{"days": ["mon", "tue", "wed", "thu", "fri"], "name": "day", "hours": [{"end": "22:00:00", "start": "06:00:00"}], "seasons": []}], "holidays": "DE-NW", "otherwise": "night", "extra_holidays": []}, "registers": ["w.kwh"], "aggregation": "sum", "block_minutes": 15}], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "day", "rule": {"per": "period", "kind": "per_unit", "unit": "MWh", "units": "1", "places": null, "arithmetic": 1, "unit_price": "300"}, "index": null, "usage": "day", "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "CLOCK", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	28	27	7	1	2026-01-01	2025-12-20 06:00:00+00	west	{"ends": "2026-05-01", "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "50.00", "proration": "calendar_days", "arithmetic": 1, "in_advance": false, "share_places": null}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "first", "rule": {"of": ["fee"], "kind": "discount", "first": null, "amount": "30", "percent": null, "proration": "calendar_days", "after_last": null, "arithmetic": 1}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}, {"name": "second", "rule": {"of": ["fee"], "kind": "discount", "first": null, "amount": "30", "percent": null, "proration": "calendar_days", "after_last": null, "arithmetic": 1}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": null, "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "EARLIER", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2025-12-20 06:00:00+00	west office
3	29	17	7	2	2026-01-01	2026-02-05 06:00:00+00	west	{"ends": "2026-03-01", "zone": "Europe/Berlin", "assets": [], "reason": "", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.parts", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "PROLONGED", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": null}	2026-02-05 06:00:00+00	west office
3	30	15	7	2	2026-01-25	2026-02-05 06:00:00+00	west	{"ends": "2026-03-01", "zone": "Europe/Berlin", "assets": [], "reason": "another address", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.parts", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "NEUTRAL", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": "2026-01-25"}	2026-02-05 06:00:00+00	west office
3	31	16	7	2	2026-01-15	2026-02-05 06:00:00+00	west	{"ends": "2026-03-01", "zone": "Europe/Berlin", "assets": [], "reason": "another address", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "use", "rule": {"per": "period", "kind": "per_unit", "unit": "part", "units": "1", "places": null, "arithmetic": 1, "unit_price": "0.10"}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.parts", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "DIVIDED", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": "2026-01-15"}	2026-02-05 06:00:00+00	west office
3	32	13	7	2	2026-03-01	2026-02-23 06:00:00+00	west	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "another unit", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "demand", "rule": {"band": null, "kind": "demand", "peak": "own", "unit": "MW", "minimum": "0", "ratchet": {"percent": "80", "periods": 11}, "sliding": false, "calendar": null, "proration": "calendar_days", "arithmetic": 1, "unit_price": "9900", "power_factor": null, "block_minutes": 60}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": null, "register": "w.kwh", "tax_code": null, "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "PEAK", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": "2026-03-01"}	2026-02-23 06:00:00+00	west office
3	33	14	7	2	2026-03-01	2026-02-23 06:00:00+00	west	{"ends": null, "zone": "Europe/Berlin", "assets": [], "reason": "another name", "starts": "2026-01-01", "usages": [], "billing": {"every": "month", "leading": "alone", "calendar": [], "trailing": "alone", "anchor_day": 1, "year_begins": null, "anchor_weekday": "mon", "leading_part_of": "anchors"}, "charges": [{"name": "power", "rule": {"per": "year", "kind": "graduated", "unit": "kWh", "tiers": [{"above": null, "block": null, "up_to": "150", "flat_fee": "0", "amount_cap": null, "unit_price": "0.50"}, {"above": null, "block": null, "up_to": null, "flat_fee": "0", "amount_cap": null, "unit_price": "0.20"}], "arithmetic": 1, "flat_fee_at_zero": true}, "index": null, "usage": null, "beside": {}, "nature": null, "payees": {}, "included": {"per": "period", "unit": "kWh", "quantity": "20", "proration": "calendar_days", "arithmetic": 2, "carry_forward": "20", "each_register": false}, "register": "w.kwh", "tax_code": null, "continues": "energy", "allocation": [], "dimensions": {}, "revenue_account": null, "while_suspended": false}], "savings": [], "contract": "RENAMED", "currency": "EUR", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "settings": {"edges": "last_read", "rounding": "half_up", "on_change": "continue", "arithmetic": 2, "zero_lines": true, "payment_days": 30, "bill_after_days": 0, "quantity_places": null, "correct_after_days": 14}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "extension": null, "statement": null, "milestones": {"quoted": null, "signed": null, "accepted": null, "installed": null, "ramp_until": null}, "suspensions": [], "in_force_from": "2026-03-01"}	2026-02-23 06:00:00+00	west office
\.
copy public."counter" ("tenant", "issuer_id", "year", "last", "last_on") from stdin;
1	1	2026	19	2026-03-02
2	4	2026	1	2026-02-02
3	6	2026	33	2026-03-02
\.
copy public."credential" ("key_sha256", "tenant", "party", "role", "label", "created_at", "revoked_at") from stdin;
\\x0ce41b6b509754bc5e10fa34d914351529e4f417289b93482c76db85b7ff905a	2	\N	finance	ulm office	2026-01-02 06:00:00+00	\N
\\x146a910ddf6ea81410d7b90eceb08f95cba9c870d1d398b5ddabd4a5c0387989	1	2	customer	blechwerke	2025-12-20 06:00:00+00	\N
\\x54e3ca0671f53ab08749c9950b39348df3a3a4ea42daaea0edfc63bbe5669902	1	\N	manufacturer	maker	2025-12-20 06:00:00+00	\N
\\x6f2d4820e6546cee23a4bb496d45c0bb7074b37fc9850e342548c93bfe8074a5	2	\N	manufacturer	ulm	2026-01-02 06:00:00+00	\N
\\x7a61a5056517ad9aaec26c246f3731a005a32c57de1d0b096777edb3ac14b504	1	\N	finance	finance	2025-12-20 06:00:00+00	\N
\\xc5ca4f2a5dd80dcdef8e224372d6ba2d2954d0ecfab15a441c7013b61ed6423a	3	\N	finance	west office	2025-12-20 06:00:00+00	\N
\\xf2a6aaea48504e0e072932effa9199c76216ff40d66233a6edb3adecba6f7038	3	\N	manufacturer	west	2025-12-20 06:00:00+00	\N
\.
copy public."dispute" ("tenant", "id", "contract_id", "customer_id", "charge", "first", "after_last", "reason", "raised_by", "raised_at", "outcome", "settled_by", "settled_at", "accepted_by", "accepted_at") from stdin;
1	1	1	2	energy	2026-01-01	2026-02-01	meter doubted	blechwerke	2026-01-20 06:00:00+00	due	finance	2026-02-10 06:00:00+00	finance	2026-01-20 06:00:00+00
1	2	3	2	hours	2026-03-01	2026-04-01	meter doubted	blechwerke	2026-03-20 06:00:00+00	\N	\N	\N	\N	\N
1	3	5	2	energy	2026-02-01	2026-03-01	meter doubted	blechwerke	2026-03-20 06:00:00+00	waived	finance	2026-03-20 06:00:00+00	finance	2026-03-20 06:00:00+00
3	4	20	7	use	2026-02-01	2026-03-01	count doubted	west office	2026-02-05 06:00:00+00	\N	\N	\N	west office	2026-02-05 06:00:00+00
\.
copy public."due" ("tenant", "kind", "contract", "period", "attempt", "due_at", "done_at", "held") from stdin;
1	correction	1	[2026-03-02,2026-03-16)	0	2026-03-15 23:00:00+00	2026-03-02 06:00:00+00	\N
1	correction	4	[2026-03-02,2026-03-16)	0	2026-03-15 23:00:00+00	2026-03-02 06:00:00+00	\N
1	correction	5	[2026-03-02,2026-03-16)	0	2026-03-15 23:00:00+00	2026-03-02 06:00:00+00	\N
1	correction	5	[2026-04-02,2026-04-16)	0	2026-04-15 22:00:00+00	2026-04-02 06:00:00+00	\N
1	correction	6	[2026-04-02,2026-04-16)	0	2026-04-15 22:00:00+00	\N	\N
1	correction	7	[2026-03-02,2026-03-16)	0	2026-03-15 23:00:00+00	2026-03-02 06:00:00+00	\N
1	opening	2	[2026-01-01,2026-02-01)	0	2025-12-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	1	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	1	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
1	period	1	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-02 06:00:00+00	\N
1	period	2	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	2	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
1	period	2	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-02 06:00:00+00	\N
1	period	3	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	3	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
1	period	3	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-02 06:00:00+00	\N
1	period	4	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	4	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
1	period	4	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-02 06:00:00+00	\N
1	period	5	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	5	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
1	period	5	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-02 06:00:00+00	\N
1	period	6	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	6	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
1	period	6	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	\N	{"code": "questionable-readings", "detail": "k1.air: limit from 2026-03-27T09:00:00+00:00, found 1000", "schema": 2}
1	period	7	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	7	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
1	period	7	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-02 06:00:00+00	\N
1	period	8	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	\N	{"code": "not-yet-agreed", "detail": "QUOTED is not signed yet", "schema": 2}
1	period	8	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	\N	{"code": "not-yet-agreed", "detail": "QUOTED is not signed yet", "schema": 2}
1	period	8	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	\N	{"code": "not-yet-agreed", "detail": "QUOTED is not signed yet", "schema": 2}
1	period	9	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	9	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
1	period	9	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	\N	{"code": "questionable-readings", "detail": "k1.air: limit from 2026-03-27T09:00:00+00:00, found 1000", "schema": 2}
1	period	10	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
1	period	10	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
1	period	10	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-03 06:00:00+00	\N
2	period	11	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
2	period	11	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
2	period	12	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	\N	\N
2	period	12	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	\N	\N
3	correction	15	[2026-02-06,2026-02-20)	0	2026-02-19 23:00:00+00	2026-02-20 06:00:00+00	\N
3	correction	16	[2026-02-06,2026-02-20)	0	2026-02-19 23:00:00+00	2026-02-20 06:00:00+00	\N
3	correction	17	[2026-02-06,2026-02-20)	0	2026-02-19 23:00:00+00	2026-02-06 06:00:00+00	\N
3	correction	19	[2026-04-01,2026-04-15)	0	2026-04-14 22:00:00+00	2026-04-01 06:00:00+00	\N
3	correction	21	[2026-02-06,2026-02-08)	0	2026-02-07 23:00:00+00	2026-02-09 06:00:00+00	\N
3	correction	21	[2026-02-20,2026-02-22)	0	2026-02-21 23:00:00+00	2026-02-23 06:00:00+00	\N
3	correction	21	[2026-04-01,2026-04-03)	0	2026-04-02 22:00:00+00	2026-04-03 06:00:00+00	\N
3	correction	22	[2026-04-03,2026-04-17)	0	2026-04-16 22:00:00+00	\N	\N
3	correction	23	[2026-02-06,2026-04-07)	0	2026-04-06 22:00:00+00	2026-03-02 06:00:00+00	\N
3	correction	23	[2026-04-01,2026-05-31)	0	2026-05-30 22:00:00+00	2026-04-01 06:00:00+00	\N
3	correction	24	[2026-02-06,2026-02-20)	0	2026-02-19 23:00:00+00	2026-02-20 06:00:00+00	\N
3	period	13	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	13	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	13	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-01 06:00:00+00	\N
3	period	14	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	14	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	14	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-01 06:00:00+00	\N
3	period	15	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	15	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	16	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	16	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	17	[2026-01-01,2026-01-16)	0	2026-01-15 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	17	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-06 06:00:00+00	\N
3	period	17	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	18	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	18	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	18	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-01 06:00:00+00	\N
3	period	19	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	19	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	19	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-01 06:00:00+00	\N
3	period	20	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	20	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	20	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-01 06:00:00+00	\N
3	period	21	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	22	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	23	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	23	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	23	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-01 06:00:00+00	\N
3	period	24	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	24	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	24	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-01 06:00:00+00	\N
3	period	25	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	25	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	25	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-01 06:00:00+00	\N
3	period	26	[2026-01-01,2026-02-01)	0	2026-02-01 00:00:00+00	2026-02-02 06:00:00+00	\N
3	period	26	[2026-02-01,2026-03-01)	0	2026-03-01 00:00:00+00	2026-03-02 06:00:00+00	\N
3	period	26	[2026-03-01,2026-04-01)	0	2026-03-31 23:00:00+00	2026-04-01 06:00:00+00	\N
3	period	27	[2026-01-01,2026-02-01)	0	2026-01-31 23:00:00+00	2026-02-02 06:00:00+00	\N
3	period	27	[2026-02-01,2026-03-01)	0	2026-02-28 23:00:00+00	2026-03-02 06:00:00+00	\N
3	period	27	[2026-03-01,2026-04-01)	0	2026-03-31 22:00:00+00	2026-04-01 06:00:00+00	\N
\.
copy public."edit" ("tenant", "id", "series", "kind", "start", "end", "value", "reason", "prepared_by", "prepared_at", "released_by", "released_at", "batch") from stdin;
1	1	5	set	2026-02-06 12:00:00+00	2026-02-06 13:00:00+00	41.5	read by hand	maker	2026-02-10 06:00:00+00	finance	2026-02-10 06:00:00+00	11
1	2	5	set	2026-03-06 12:00:00+00	2026-03-06 13:00:00+00	41.5	read by hand	maker	2026-03-31 06:00:00+00	\N	\N	\N
\.
copy public."fact_touch" ("tenant", "id", "source", "subject", "about", "swept") from stdin;
1	1	index	1	2025-11	t
1	2	versions	1		t
1	3	versions	2		t
1	4	versions	3		t
1	5	versions	4		t
1	6	versions	5		t
1	7	versions	6		t
1	8	versions	7		t
1	9	versions	8		t
1	10	versions	9		t
1	11	index	1	2025-12	t
1	12	versions	10		t
1	13	disputes	1		t
1	14	disputes	1		t
1	15	versions	7		t
1	16	index	1	2026-01	t
1	17	index	1	2026-01	t
1	18	index	1	2026-02	t
1	19	disputes	5		t
1	20	disputes	5		t
2	21	versions	11		t
2	22	versions	12		t
3	23	index	2	2025-12	t
3	24	index	2	2026-01	t
3	25	index	2	2026-02	t
3	26	index	2	2026-03	t
3	27	versions	13		t
3	28	versions	14		t
3	29	versions	15		t
3	30	versions	16		t
3	31	versions	17		t
3	32	versions	18		t
3	33	versions	19		t
3	34	versions	20		t
3	35	versions	21		t
3	36	versions	22		t
3	37	versions	23		t
3	38	versions	24		t
3	39	versions	25		t
3	40	versions	26		t
3	41	versions	27		t
3	42	versions	17		t
3	43	versions	15		t
3	44	versions	16		t
3	45	disputes	20		t
3	46	versions	13		t
3	47	versions	14		t
3	48	index	3	links	t
3	49	index	3	links	f
\.
copy public."finding" ("tenant", "id", "series", "start", "end", "check_kind", "found", "expected", "holds", "batch", "closed_batch") from stdin;
1	1	5	2026-03-27 09:00:00+00	2026-03-27 10:00:00+00	limit	1000	at most 900	t	21	\N
\.
copy public."four_eyes_change" ("tenant", "id", "switched_off", "by", "at", "reason") from stdin;
2	1	t	ulm	2026-03-02 06:00:00+00	one person so far
\.
copy public."index_series" ("tenant", "id", "name", "title", "source", "base", "links", "kind") from stdin;
1	1	CPI				[]	index
3	2	old prices				[]	index
3	3	prices				[{"index": "old prices", "factor": "1.04"}]	index
\.
copy public."index_value" ("tenant", "id", "series_id", "month", "value", "provisional", "published_on", "recorded_at", "recorded_by", "released_at", "released_by") from stdin;
1	1	1	2025-11	119.8	f	2025-12-12	2025-12-20 06:00:00+00	maker	2025-12-20 06:00:00+00	finance
1	2	1	2025-12	120.0	f	2025-12-30	2026-01-02 06:00:00+00	maker	2026-01-02 06:00:00+00	finance
1	3	1	2026-01	121.5	t	2026-02-09	2026-02-10 06:00:00+00	maker	2026-02-10 06:00:00+00	finance
1	4	1	2026-01	122.1	f	2026-03-18	2026-03-20 06:00:00+00	maker	2026-03-20 06:00:00+00	finance
1	5	1	2026-02	122.6	f	2026-03-18	2026-03-20 06:00:00+00	maker	2026-03-20 06:00:00+00	finance
3	6	2	2025-12	99	f	2025-12-19	2025-12-20 06:00:00+00	west	2025-12-20 06:00:00+00	west office
3	7	2	2026-01	101	f	2025-12-19	2025-12-20 06:00:00+00	west	2025-12-20 06:00:00+00	west office
3	8	2	2026-02	102	f	2025-12-19	2025-12-20 06:00:00+00	west	2025-12-20 06:00:00+00	west office
3	9	2	2026-03	103	f	2025-12-19	2025-12-20 06:00:00+00	west	2025-12-20 06:00:00+00	west office
\.
copy public."invoice" ("tenant", "id", "contract_id", "version_id", "issuer_id", "customer_id", "first", "after_last", "year", "sequence", "number", "issued_on", "due_on", "currency", "net", "vat", "gross", "watermark", "inputs", "created_at", "kind") from stdin;
1	1	2	2	1	3	2026-01-01	2026-02-01	2026	1	2026-000001	2026-02-02	2026-03-04	EUR	310.00	0.00	310.00	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 2, "contract": "ADVANCE", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	opening
1	2	1	1	1	2	2026-01-01	2026-02-01	2026	2	2026-000002	2026-02-02	2026-03-04	EUR	97.62	18.55	116.17	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 1, "contract": "TIERS", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
1	3	3	3	1	2	2026-01-01	2026-02-01	2026	3	2026-000003	2026-02-02	2026-03-04	EUR	2000.00	380.00	2380.00	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 3, "contract": "PREPAID", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
1	4	4	4	1	3	2026-01-01	2026-02-01	2026	4	2026-000004	2026-02-02	2026-03-04	EUR	569.24	0.00	569.24	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 4, "contract": "RATCHET", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
1	5	5	5	1	2	2026-01-01	2026-02-01	2026	5	2026-000005	2026-02-02	2026-03-04	EUR	594.60	112.97	707.57	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 5, "contract": "COMMITTED", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
1	6	6	6	1	2	2026-01-01	2026-02-01	2026	6	2026-000006	2026-02-02	2026-03-04	EUR	50.38	9.57	59.95	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 6, "contract": "INDEXED", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
1	7	7	7	1	3	2026-01-01	2026-02-01	2026	7	2026-000007	2026-02-02	2026-03-04	EUR	348.80	0.00	348.80	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 7, "contract": "AMENDED", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
1	8	9	9	1	2	2026-01-01	2026-02-01	2026	8	2026-000008	2026-02-02	2026-03-04	EUR	73.04	13.88	86.92	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 9, "contract": "DOUBTED", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
1	9	10	10	1	2	2026-01-01	2026-02-01	2026	9	2026-000009	2026-02-02	2026-03-04	EUR	150.00	28.50	178.50	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 10, "contract": "SAVING", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": [], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
1	10	2	2	1	3	2026-01-01	2026-02-01	2026	10	2026-000010	2026-02-02	2026-03-04	EUR	408.40	0.00	408.40	9	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 2, "contract": "ADVANCE", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 9, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
1	11	1	1	1	2	2026-02-01	2026-03-01	2026	11	2026-000011	2026-03-02	2026-04-01	EUR	195.70	37.18	232.88	16	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 1, "contract": "TIERS", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 16, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
1	12	2	2	1	3	2026-02-01	2026-03-01	2026	12	2026-000012	2026-03-02	2026-04-01	EUR	408.40	0.00	408.40	16	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 2, "contract": "ADVANCE", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 16, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
1	13	3	3	1	2	2026-02-01	2026-03-01	2026	13	2026-000013	2026-03-02	2026-04-01	EUR	0.00	0.00	0.00	16	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 3, "contract": "PREPAID", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 16, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
1	14	4	4	1	3	2026-02-01	2026-03-01	2026	14	2026-000014	2026-03-02	2026-04-01	EUR	461.98	0.00	461.98	16	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 4, "contract": "RATCHET", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 16, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
1	15	5	5	1	2	2026-02-01	2026-03-01	2026	15	2026-000015	2026-03-02	2026-04-01	EUR	568.20	107.96	676.16	16	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 5, "contract": "COMMITTED", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 16, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
1	16	6	6	1	2	2026-02-01	2026-03-01	2026	16	2026-000016	2026-03-02	2026-04-01	EUR	53.34	10.13	63.47	16	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 6, "contract": "INDEXED", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 16, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
1	17	7	11	1	3	2026-02-01	2026-03-01	2026	17	2026-000017	2026-03-02	2026-04-01	EUR	453.60	0.00	453.60	16	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 11, "contract": "AMENDED", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 16, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 2}	2026-03-02 06:00:00+00	period
1	18	9	9	1	2	2026-02-01	2026-03-01	2026	18	2026-000018	2026-03-02	2026-04-01	EUR	76.58	14.55	91.13	16	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 9, "contract": "DOUBTED", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 16, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
1	19	10	10	1	2	2026-02-01	2026-03-01	2026	19	2026-000019	2026-03-02	2026-04-01	EUR	150.00	28.50	178.50	16	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 10, "contract": "SAVING", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": [], "country": "DE"}, "watermark": 16, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
1	20	1	1	1	2	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	603.03	114.58	717.61	22	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 1, "contract": "TIERS", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 22, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-02 06:00:00+00	period
1	21	2	2	1	3	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	408.40	0.00	408.40	22	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 2, "contract": "ADVANCE", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 22, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-02 06:00:00+00	period
1	22	3	3	1	2	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	0.00	0.00	0.00	22	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 3, "contract": "PREPAID", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 22, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-02 06:00:00+00	period
1	23	4	4	1	3	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	462.04	0.00	462.04	22	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 4, "contract": "RATCHET", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 22, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-02 06:00:00+00	period
1	24	5	5	1	2	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	601.20	114.23	715.43	22	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 5, "contract": "COMMITTED", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 22, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-02 06:00:00+00	period
1	25	7	11	1	3	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	611.20	0.00	611.20	22	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 11, "contract": "AMENDED", "customer": {"name": "Presses de Lyon SA", "vat_id": "FR40303265045", "address": [], "country": "FR"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 22, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 2}	2026-04-02 06:00:00+00	period
1	26	10	10	1	2	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	4089.12	776.93	4866.05	22	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 10, "contract": "SAVING", "customer": {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": [], "country": "DE"}, "watermark": 22, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-03 06:00:00+00	period
2	27	11	12	4	5	2026-01-01	2026-02-01	2026	1	2026-000001	2026-02-02	2026-03-04	EUR	43.00	8.17	51.17	23	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 12, "contract": "U-1", "customer": {"name": "Ulmer Guss", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Südpresse AG", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 23, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
2	28	11	12	4	5	2026-02-01	2026-03-01	\N	\N	\N	\N	\N	EUR	23.00	4.37	27.37	24	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 12, "contract": "U-1", "customer": {"name": "Ulmer Guss", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Südpresse AG", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 24, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	29	17	18	6	7	2026-01-01	2026-01-16	2026	1	2026-000001	2026-02-02	2026-03-04	EUR	22.00	4.18	26.18	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-01-16", "schema": 2, "version": 18, "contract": "PROLONGED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	30	13	14	6	7	2026-01-01	2026-02-01	2026	2	2026-000002	2026-02-02	2026-03-04	EUR	367.50	69.83	437.33	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 14, "contract": "PEAK", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	31	14	15	6	7	2026-01-01	2026-02-01	2026	3	2026-000003	2026-02-02	2026-03-04	EUR	38.75	7.36	46.11	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 15, "contract": "RENAMED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	32	15	16	6	7	2026-01-01	2026-02-01	2026	4	2026-000004	2026-02-02	2026-03-04	EUR	33.00	6.27	39.27	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 16, "contract": "NEUTRAL", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	33	16	17	6	7	2026-01-01	2026-02-01	2026	5	2026-000005	2026-02-02	2026-03-04	EUR	33.00	6.27	39.27	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 17, "contract": "DIVIDED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	34	18	19	6	7	2026-01-01	2026-02-01	2026	6	2026-000006	2026-02-02	2026-03-04	EUR	33.33	6.33	39.66	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 19, "contract": "HEAT", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	35	19	20	6	7	2026-01-01	2026-02-01	2026	7	2026-000007	2026-02-02	2026-03-04	EUR	33.11	6.29	39.40	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 20, "contract": "MOVED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	36	20	21	6	7	2026-01-01	2026-02-01	2026	8	2026-000008	2026-02-02	2026-03-04	EUR	33.00	6.27	39.27	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 21, "contract": "DOUBTED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	37	21	22	6	7	2026-01-01	2026-02-01	2026	9	2026-000009	2026-02-02	2026-03-04	EUR	50.00	9.50	59.50	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 22, "contract": "ENDED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	38	22	23	6	7	2026-01-01	2026-02-01	2026	10	2026-000010	2026-02-02	2026-03-04	EUR	50.00	9.50	59.50	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 23, "contract": "WAITS", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	39	23	24	6	7	2026-01-01	2026-02-01	2026	11	2026-000011	2026-02-02	2026-03-04	EUR	460.80	87.55	548.35	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 24, "contract": "LINE", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	40	24	25	6	7	2026-01-01	2026-02-01	2026	12	2026-000012	2026-02-02	2026-03-04	EUR	12.00	2.28	14.28	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 25, "contract": "COUNTER", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	41	25	26	6	7	2026-01-01	2026-02-01	2026	13	2026-000013	2026-02-02	2026-03-04	EUR	31.00	5.89	36.89	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 26, "contract": "DEVICE", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	42	27	28	6	7	2026-01-01	2026-02-01	2026	14	2026-000014	2026-02-02	2026-03-04	EUR	-10.00	-1.90	-11.90	34	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 28, "contract": "EARLIER", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	43	26	27	6	7	2026-01-01	2026-02-01	2026	15	2026-000015	2026-02-02	2026-03-04	EUR	29.25	5.56	34.81	34	{"zone": "Europe/London", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 27, "contract": "CLOCK", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 34, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-02 06:00:00+00	period
3	44	17	29	6	7	2026-01-01	2026-02-01	2026	16	2026-000016	2026-02-06	2026-03-08	EUR	11.00	2.09	13.09	37	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 29, "contract": "PROLONGED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 37, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 2}	2026-02-06 06:00:00+00	correction
3	45	21	22	6	7	2026-01-01	2026-02-01	2026	17	2026-000017	2026-02-09	2026-03-11	EUR	10.00	1.90	11.90	37	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 22, "contract": "ENDED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 37, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-09 06:00:00+00	correction
3	46	16	31	6	7	2026-01-01	2026-02-01	2026	18	2026-000018	2026-02-20	2026-03-22	EUR	0.00	0.00	0.00	38	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 31, "contract": "DIVIDED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 38, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 2}	2026-02-20 06:00:00+00	correction
3	47	24	25	6	7	2026-01-01	2026-02-01	2026	19	2026-000019	2026-02-20	2026-03-22	EUR	20.00	3.80	23.80	38	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 25, "contract": "COUNTER", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 38, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-20 06:00:00+00	correction
3	48	21	22	6	7	2026-01-01	2026-02-01	2026	20	2026-000020	2026-02-23	2026-03-25	EUR	-15.00	-2.85	-17.85	38	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 22, "contract": "ENDED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 38, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-02-23 06:00:00+00	correction
3	49	13	14	6	7	2026-02-01	2026-03-01	2026	21	2026-000021	2026-03-02	2026-04-01	EUR	338.10	64.24	402.34	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 14, "contract": "PEAK", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	50	14	15	6	7	2026-02-01	2026-03-01	2026	22	2026-000022	2026-03-02	2026-04-01	EUR	34.25	6.51	40.76	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 15, "contract": "RENAMED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	51	15	30	6	7	2026-02-01	2026-03-01	2026	23	2026-000023	2026-03-02	2026-04-01	EUR	36.00	6.84	42.84	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 30, "contract": "NEUTRAL", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 2}	2026-03-02 06:00:00+00	period
3	52	16	31	6	7	2026-02-01	2026-03-01	2026	24	2026-000024	2026-03-02	2026-04-01	EUR	36.00	6.84	42.84	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 31, "contract": "DIVIDED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 2}	2026-03-02 06:00:00+00	period
3	53	17	29	6	7	2026-02-01	2026-03-01	2026	25	2026-000025	2026-03-02	2026-04-01	EUR	36.00	6.84	42.84	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 29, "contract": "PROLONGED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 2}	2026-03-02 06:00:00+00	period
3	54	18	19	6	7	2026-02-01	2026-03-01	2026	26	2026-000026	2026-03-02	2026-04-01	EUR	23.34	4.43	27.77	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 19, "contract": "HEAT", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	55	19	20	6	7	2026-02-01	2026-03-01	2026	27	2026-000027	2026-03-02	2026-04-01	EUR	36.60	6.95	43.55	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 20, "contract": "MOVED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	56	20	21	6	7	2026-02-01	2026-03-01	2026	28	2026-000028	2026-03-02	2026-04-01	EUR	0	0	0	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 21, "contract": "DOUBTED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	57	23	24	6	7	2026-02-01	2026-03-01	2026	29	2026-000029	2026-03-02	2026-04-01	EUR	949.20	180.35	1129.55	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 24, "contract": "LINE", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	58	24	25	6	7	2026-02-01	2026-03-01	2026	30	2026-000030	2026-03-02	2026-04-01	EUR	20.00	3.80	23.80	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 25, "contract": "COUNTER", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	59	25	26	6	7	2026-02-01	2026-03-01	2026	31	2026-000031	2026-03-02	2026-04-01	EUR	28.00	5.32	33.32	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 26, "contract": "DEVICE", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	60	27	28	6	7	2026-02-01	2026-03-01	2026	32	2026-000032	2026-03-02	2026-04-01	EUR	-10.00	-1.90	-11.90	44	{"zone": "Europe/Berlin", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 28, "contract": "EARLIER", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	61	26	27	6	7	2026-02-01	2026-03-01	2026	33	2026-000033	2026-03-02	2026-04-01	EUR	16.20	3.08	19.28	44	{"zone": "Europe/London", "period": "2026-02-01/2026-03-01", "schema": 2, "version": 27, "contract": "CLOCK", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 44, "payment_days": 30, "whole_period": "2026-02-01/2026-03-01", "version_number": 1}	2026-03-02 06:00:00+00	period
3	62	13	32	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	311.85	59.25	371.10	51	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 32, "contract": "PEAK", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 2}	2026-04-01 06:00:00+00	period
3	63	14	33	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	13.10	2.49	15.59	51	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 33, "contract": "RENAMED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 2}	2026-04-01 06:00:00+00	period
3	64	18	19	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	13.33	2.53	15.86	51	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 19, "contract": "HEAT", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-01 06:00:00+00	period
3	65	19	20	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	41.17	7.82	48.99	51	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 20, "contract": "MOVED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-01 06:00:00+00	period
3	66	20	21	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	39.00	7.41	46.41	51	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 21, "contract": "DOUBTED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-01 06:00:00+00	period
3	67	23	24	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	926.40	176.02	1102.42	51	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 24, "contract": "LINE", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-01 06:00:00+00	period
3	68	24	25	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	20.00	3.80	23.80	51	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 25, "contract": "COUNTER", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-01 06:00:00+00	period
3	69	25	26	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	31.00	5.89	36.89	51	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 26, "contract": "DEVICE", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-01 06:00:00+00	period
3	70	27	28	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	-10.00	-1.90	-11.90	51	{"zone": "Europe/Berlin", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 28, "contract": "EARLIER", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-01 06:00:00+00	period
3	71	26	27	6	7	2026-03-01	2026-04-01	\N	\N	\N	\N	\N	EUR	14.40	2.74	17.14	51	{"zone": "Europe/London", "period": "2026-03-01/2026-04-01", "schema": 2, "version": 27, "contract": "CLOCK", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 51, "payment_days": 30, "whole_period": "2026-03-01/2026-04-01", "version_number": 1}	2026-04-01 06:00:00+00	period
3	72	21	22	6	7	2026-01-01	2026-02-01	\N	\N	\N	\N	\N	EUR	4.00	0.76	4.76	52	{"zone": "Europe/Berlin", "period": "2026-01-01/2026-02-01", "schema": 2, "version": 22, "contract": "ENDED", "customer": {"name": "Ruhrguss GmbH", "vat_id": null, "address": [], "country": "DE"}, "supplier": {"name": "Westkraft GmbH", "vat_id": "DE129273398", "address": ["Hafenstraße 1", "20457 Hamburg"], "country": "DE"}, "watermark": 52, "payment_days": 30, "whole_period": "2026-01-01/2026-02-01", "version_number": 1}	2026-04-03 06:00:00+00	correction
\.
copy public."invoice_line" ("tenant", "invoice_id", "pos", "customer_id", "charge", "part", "label", "nature", "quantity", "unit", "unit_price", "net", "service_first", "service_after_last", "tax_point", "tax_category", "tax_rate", "tax_reason", "corrects_id", "corrects_number", "dimensions", "allocation", "payees", "proof", "tax_code", "revenue_account") from stdin;
1	1	1	3	rent	0		consideration	1	each	310.00	310.00	2026-01-01	2026-02-01	2026-01-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "1 each × 310.00 = 310.00", "rule": "fixed_fee", "schema": 2, "version": 2, "rounding": "half_up to 310.00 EUR", "arithmetic": 1}		
1	2	1	2	fee	0		consideration	1	each	100.00	100.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 100.00 = 100.00", "rule": "fixed_fee", "schema": 2, "version": 1, "rounding": "half_up to 100.00 EUR", "arithmetic": 1}		
1	2	2	2	rebate	0	off energy	price_reduction	1	each	-2.38	-2.38	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "3 % of 79.4; 1 each × -2.382 = -2.382", "rule": "discount", "schema": 2, "version": 1, "rounding": "half_up to -2.38 EUR", "arithmetic": 2}		
1	3	1	2	hours	0	charged	consideration	0	machine_hour	12.50	0.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "0 machine_hour × 12.50 = 0.00", "rule": "prepaid", "usage": {"end": "2026-01-31T23:00:00.000001+00:00", "unit": "machine_hour", "batch": 6, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "version": 3, "rounding": "half_up to 0.00 EUR", "arithmetic": 2}		
1	3	2	2	hours	2000	of block 1	consideration	62	machine_hour	0	0.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "62 machine_hour × 0 = 0", "rule": "prepaid", "usage": {"end": "2026-01-31T23:00:00.000001+00:00", "unit": "machine_hour", "batch": 6, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "version": 3, "rounding": "half_up to 0.00 EUR", "arithmetic": 2}		
1	3	3	2	hours	1000	block 1	consideration	1	each	2000.00	2000.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 2000 = 2000", "rule": "prepaid", "usage": {"end": "2026-01-31T23:00:00.000001+00:00", "unit": "machine_hour", "batch": 6, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "version": 3, "rounding": "half_up to 2000.00 EUR", "arithmetic": 2}		
1	4	1	3	demand	0		consideration	53.5	kW	9.8	524.30	2026-01-01	2026-02-01	2026-01-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "53.5 kW measured; 53.5 kW × 9.8 = 524.30", "rule": "demand", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 5, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "172", "series": 1, "expected": 744, "quantity": "172", "register": "p5.kwh", "estimated": 0}, "schema": 2, "version": 4, "rounding": "half_up to 524.30 EUR", "arithmetic": 1}		
1	4	2	3	level	0		consideration	4494	kWh	0.01	44.94	2026-01-01	2026-02-01	2026-01-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "4494 kWh × 0.01 = 44.94", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00.000001+00:00", "unit": "kWh", "batch": 7, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "4494", "series": 3, "expected": null, "quantity": "4494", "register": "p5.kw", "estimated": 0}, "schema": 2, "version": 4, "rounding": "half_up to 44.94 EUR", "arithmetic": 1}		
1	5	1	2	hours	0	within the commitment	consideration	62	machine_hour	9	558.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "62 machine_hour × 9 = 558", "rule": "commitment", "usage": {"end": "2026-01-31T23:00:00.000001+00:00", "unit": "machine_hour", "batch": 6, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "version": 5, "rounding": "half_up to 558.00 EUR", "arithmetic": 2}		
1	5	2	2	energy	0	taken	consideration	122	kWh	0.30	36.60	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "122 kWh × 0.30 = 36.60", "rule": "take_or_pay", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 5, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "172", "series": 1, "expected": 744, "quantity": "172", "register": "p5.kwh", "estimated": 0}, "schema": 2, "version": 5, "included": "50 kWh", "rounding": "half_up to 36.60 EUR", "arithmetic": 2}		
1	6	1	2	air	0		consideration	1679.173095323733514	m3@din1343	0.03	50.38	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "1679.173095323733514 m3@din1343 × 0.03 = 50.37519285971200542", "rule": "per_unit", "index": {"factor": "1", "working": ""}, "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "m3@iso1217", "batch": 9, "count": 48, "start": "2025-12-31T23:00:00+00:00", "total": "1826", "series": 5, "expected": 744, "quantity": "1826", "register": "k1.air", "estimated": 0}, "schema": 2, "version": 6, "rounding": "half_up to 50.38 EUR", "arithmetic": 1, "conversion": {"to": "m3@din1343", "from": "m3@iso1217", "factor": "7284000/7920913", "states": "ISO 1217 (20 °C, 1 bar, dry) → DIN 1343 (0 °C, 1.01325 bar, dry)"}}		
1	7	1	3	fee	0		consideration	1	each	280.00	280.00	2026-01-01	2026-02-01	2026-01-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "1 each × 280.00 = 280.00", "rule": "fixed_fee", "schema": 2, "version": 7, "rounding": "half_up to 280.00 EUR", "arithmetic": 1}		
1	7	2	3	energy	0		consideration	172	kWh	0.40	68.80	2026-01-01	2026-02-01	2026-01-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "172 kWh × 0.40 = 68.80", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 5, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "172", "series": 1, "expected": 744, "quantity": "172", "register": "p5.kwh", "estimated": 0}, "schema": 2, "version": 7, "rounding": "half_up to 68.80 EUR", "arithmetic": 1}		
1	8	1	2	air	1	above 1000 m3@iso1217	consideration	1826	m3@iso1217	0.04	73.04	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "1826 m3@iso1217 × 0.04 = 73.04", "rule": "volume", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "m3@iso1217", "batch": 9, "count": 48, "start": "2025-12-31T23:00:00+00:00", "total": "1826", "series": 5, "expected": 744, "quantity": "1826", "register": "k1.air", "estimated": 0}, "schema": 2, "version": 9, "rounding": "half_up to 73.04 EUR", "arithmetic": 1}		
1	9	1	2	share	0	on account	consideration	1	each	150.00	150.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 150 = 150", "rule": "savings_share", "usage": {"of": [{"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 0, "count": 62, "start": "2025-12-30T23:00:00+00:00", "total": "43396", "series": 6, "expected": null, "quantity": "43396", "register": "heat.kwh", "estimated": 0}, {"end": "2026-01-31T23:00:00+00:00", "unit": "degC", "batch": 0, "count": 31, "start": "2025-12-30T23:00:00+00:00", "total": "-0.87741935483871", "series": 7, "is_mean": true, "expected": null, "quantity": "-0.87741935483871", "register": "weather.degc", "estimated": 0}], "name": "heat saved", "unit": "kWh", "count": 93, "total": "43396 + -0.87741935483871", "working": "60401 expected − 43396 measured kWh; 25 in_range, 6 caveat; by caltrack_daily of 2025-11-01, rows sha256 02e5a7441599", "quantity": "17005", "estimated": 0}, "schema": 2, "version": 10, "rounding": "half_up to 150.00 EUR", "arithmetic": 2}		
1	10	1	3	parts	0	material steel	consideration	42	part	1.40	58.80	2026-01-01	2026-02-01	2026-01-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "42 part × 1.40 = 58.80", "rule": "matrix", "usage": {"of": [{"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 8, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "86", "series": 4, "expected": null, "quantity": "86", "register": "p5.parts", "estimated": 0}], "name": "p5.parts", "unit": "part", "count": 4, "total": "86", "working": "", "quantity": "86", "estimated": 0}, "schema": 2, "version": 2, "rounding": "half_up to 58.80 EUR", "arithmetic": 1}		
1	10	2	3	parts	1	other	consideration	44	part	0.90	39.60	2026-01-01	2026-02-01	2026-01-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "44 part × 0.90 = 39.60", "rule": "matrix", "usage": {"of": [{"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 8, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "86", "series": 4, "expected": null, "quantity": "86", "register": "p5.parts", "estimated": 0}], "name": "p5.parts", "unit": "part", "count": 4, "total": "86", "working": "", "quantity": "86", "estimated": 0}, "schema": 2, "version": 2, "rounding": "half_up to 39.60 EUR", "arithmetic": 1}		
1	10	3	3	rent	0		consideration	1	each	310.00	310.00	2026-02-01	2026-03-01	2026-02-28	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "1 each × 310.00 = 310.00", "rule": "fixed_fee", "schema": 2, "version": 2, "rounding": "half_up to 310.00 EUR", "arithmetic": 1}		
1	11	1	2	fee	0		consideration	1	each	100.00	100.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 100.00 = 100.00", "rule": "fixed_fee", "schema": 2, "version": 1, "rounding": "half_up to 100.00 EUR", "arithmetic": 1}		
1	11	2	2	energy	1	above 150 kWh	consideration	92	kWh	0.20	18.40	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "106 so far, 14 before; 92 kWh × 0.20 = 18.40", "rule": "graduated", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "kWh", "batch": 12, "count": 4, "start": "2026-01-31T23:00:00+00:00", "total": "92", "series": 1, "expected": 672, "quantity": "92", "register": "p5.kwh", "estimated": 0}, "schema": 2, "opening": {"used": "164", "window": "2026-01-01"}, "version": 1, "rounding": "half_up to 18.40 EUR", "arithmetic": 1}		
1	11	3	2	rebate	0	off energy	price_reduction	1	each	-0.55	-0.55	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "3 % of 18.4; 1 each × -0.552 = -0.552", "rule": "discount", "schema": 2, "version": 1, "rounding": "half_up to -0.55 EUR", "arithmetic": 2}		
1	11	4	2	rebate	0	off energy	price_reduction	-1	each	-2.38	2.38	2026-01-01	2026-02-01	2026-01-31	S	19		2	2026-000002	{}	{}	{}	{"sum": "3 % of 77.8; 1 each × -2.334 = -2.334", "rule": "discount", "schema": 2, "adjusts": {"owed_net": "-2.33", "billed_net": "-2.38", "owed_quantity": "1", "billed_quantity": "1"}, "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}, {"reason": "meter doubted", "dispute": 1, "outcome": "due", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "finance"}], "version": 1, "rounding": "half_up to -2.33 EUR", "arithmetic": 2}		
1	11	5	2	rebate	0	off energy	price_reduction	1	each	-2.33	-2.33	2026-01-01	2026-02-01	2026-01-31	S	19		2	2026-000002	{}	{}	{}	{"sum": "3 % of 77.8; 1 each × -2.334 = -2.334", "rule": "discount", "schema": 2, "adjusts": {"owed_net": "-2.33", "billed_net": "-2.38", "owed_quantity": "1", "billed_quantity": "1"}, "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}, {"reason": "meter doubted", "dispute": 1, "outcome": "due", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "finance"}], "version": 1, "rounding": "half_up to -2.33 EUR", "arithmetic": 2}		
1	11	6	2	energy	0	0 to 150 kWh	consideration	150	kWh	0.50	75.00	2026-01-01	2026-02-01	2026-01-31	S	19		2	2026-000002	{}	{}	{}	{"sum": "150 kWh × 0.50 = 75.00", "rule": "graduated", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 10, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "164", "series": 1, "expected": 744, "quantity": "164", "register": "p5.kwh", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "75.00", "billed_net": "0", "owed_quantity": "150", "billed_quantity": "0"}, "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}, {"reason": "meter doubted", "dispute": 1, "outcome": "due", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "finance"}], "version": 1, "rounding": "half_up to 75.00 EUR", "arithmetic": 1}		
1	11	7	2	energy	1	above 150 kWh	consideration	14	kWh	0.20	2.80	2026-01-01	2026-02-01	2026-01-31	S	19		2	2026-000002	{}	{}	{}	{"sum": "14 kWh × 0.20 = 2.80", "rule": "graduated", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 10, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "164", "series": 1, "expected": 744, "quantity": "164", "register": "p5.kwh", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "2.80", "billed_net": "0", "owed_quantity": "14", "billed_quantity": "0"}, "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}, {"reason": "meter doubted", "dispute": 1, "outcome": "due", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "finance"}], "version": 1, "rounding": "half_up to 2.80 EUR", "arithmetic": 1}		
1	12	1	3	parts	0	material steel	consideration	42	part	1.40	58.80	2026-02-01	2026-03-01	2026-02-28	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "42 part × 1.40 = 58.80", "rule": "matrix", "usage": {"of": [{"end": "2026-02-28T23:00:00+00:00", "unit": "part", "batch": 15, "count": 4, "start": "2026-01-31T23:00:00+00:00", "total": "86", "series": 4, "expected": null, "quantity": "86", "register": "p5.parts", "estimated": 0}], "name": "p5.parts", "unit": "part", "count": 4, "total": "86", "working": "", "quantity": "86", "estimated": 0}, "schema": 2, "version": 2, "rounding": "half_up to 58.80 EUR", "arithmetic": 1}		
1	12	2	3	parts	1	other	consideration	44	part	0.90	39.60	2026-02-01	2026-03-01	2026-02-28	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "44 part × 0.90 = 39.60", "rule": "matrix", "usage": {"of": [{"end": "2026-02-28T23:00:00+00:00", "unit": "part", "batch": 15, "count": 4, "start": "2026-01-31T23:00:00+00:00", "total": "86", "series": 4, "expected": null, "quantity": "86", "register": "p5.parts", "estimated": 0}], "name": "p5.parts", "unit": "part", "count": 4, "total": "86", "working": "", "quantity": "86", "estimated": 0}, "schema": 2, "version": 2, "rounding": "half_up to 39.60 EUR", "arithmetic": 1}		
1	12	3	3	rent	0		consideration	1	each	310.00	310.00	2026-03-01	2026-04-01	2026-03-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "1 each × 310.00 = 310.00", "rule": "fixed_fee", "schema": 2, "version": 2, "rounding": "half_up to 310.00 EUR", "arithmetic": 1}		
1	13	1	2	hours	0	charged	consideration	0	machine_hour	12.50	0.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "0 machine_hour × 12.50 = 0.00", "rule": "prepaid", "usage": {"end": "2026-02-28T23:00:00.000001+00:00", "unit": "machine_hour", "batch": 13, "count": 2, "start": "2026-01-31T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "opening": {"left": {"block 1": "168"}}, "version": 3, "rounding": "half_up to 0.00 EUR", "arithmetic": 2}		
1	13	2	2	hours	2000	of block 1	consideration	62	machine_hour	0	0.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "62 machine_hour × 0 = 0", "rule": "prepaid", "usage": {"end": "2026-02-28T23:00:00.000001+00:00", "unit": "machine_hour", "batch": 13, "count": 2, "start": "2026-01-31T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "opening": {"left": {"block 1": "168"}}, "version": 3, "rounding": "half_up to 0.00 EUR", "arithmetic": 2}		
1	14	1	3	demand	0		consideration	42.8	kW	9.8	419.44	2026-02-01	2026-03-01	2026-02-28	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "33.5 kW measured, 80 % of 53.5 before; 42.8 kW × 9.8 = 419.44", "rule": "demand", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "kWh", "batch": 12, "count": 4, "start": "2026-01-31T23:00:00+00:00", "total": "92", "series": 1, "expected": 672, "quantity": "92", "register": "p5.kwh", "estimated": 0}, "schema": 2, "opening": {"peaks": ["53.5"]}, "version": 4, "rounding": "half_up to 419.44 EUR", "arithmetic": 1}		
1	14	2	3	level	0		consideration	4254	kWh	0.01	42.54	2026-02-01	2026-03-01	2026-02-28	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "4254 kWh × 0.01 = 42.54", "rule": "per_unit", "usage": {"end": "2026-02-28T23:00:00.000001+00:00", "unit": "kWh", "batch": 14, "count": 2, "start": "2026-01-31T23:00:00+00:00", "total": "4254", "series": 3, "expected": null, "quantity": "4254", "register": "p5.kw", "estimated": 0}, "schema": 2, "version": 4, "rounding": "half_up to 42.54 EUR", "arithmetic": 1}		
1	15	1	2	hours	0	within the commitment	consideration	62	machine_hour	9	558.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "62 machine_hour × 9 = 558", "rule": "commitment", "usage": {"end": "2026-02-28T23:00:00.000001+00:00", "unit": "machine_hour", "batch": 13, "count": 2, "start": "2026-01-31T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "opening": {"quarter": {"used": "62", "window": "2026-01-01", "made_up": "0"}}, "version": 5, "rounding": "half_up to 558.00 EUR", "arithmetic": 2}		
1	15	2	2	energy	0	taken	consideration	42	kWh	0.30	12.60	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "42 kWh × 0.30 = 12.60", "rule": "take_or_pay", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "kWh", "batch": 12, "count": 4, "start": "2026-01-31T23:00:00+00:00", "total": "92", "series": 1, "expected": 672, "quantity": "92", "register": "p5.kwh", "estimated": 0}, "schema": 2, "opening": {"used": "114", "window": "2026-01-01"}, "version": 5, "included": "50 kWh", "rounding": "half_up to 12.60 EUR", "arithmetic": 2}		
1	15	3	2	energy	0	taken	consideration	-8	kWh	0.30	-2.40	2026-01-01	2026-02-01	2026-01-31	S	19		5	2026-000005	{}	{}	{}	{"sum": "114 kWh × 0.30 = 34.20", "rule": "take_or_pay", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 10, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "164", "series": 1, "expected": 744, "quantity": "164", "register": "p5.kwh", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "34.20", "billed_net": "36.60", "owed_quantity": "114", "billed_quantity": "122"}, "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}], "version": 5, "included": "50 kWh", "rounding": "half_up to 34.20 EUR", "arithmetic": 2}		
1	16	1	2	air	0		consideration	1760.556895398295626	m3@din1343	0.0303	53.34	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "1760.556895398295626 m3@din1343 × 0.0303 = 53.3448739305683574678", "rule": "per_unit", "index": {"factor": "1.010000", "working": "2026-02-01: CPI 121.5 of 2026-01 → 1.01"}, "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "m3@iso1217", "batch": 16, "count": 49, "start": "2026-01-31T23:00:00+00:00", "total": "1914.5", "series": 5, "expected": 672, "quantity": "1914.5", "register": "k1.air", "estimated": 0}, "schema": 2, "version": 6, "rounding": "half_up to 53.34 EUR", "arithmetic": 1, "conversion": {"to": "m3@din1343", "from": "m3@iso1217", "factor": "7284000/7920913", "states": "ISO 1217 (20 °C, 1 bar, dry) → DIN 1343 (0 °C, 1.01325 bar, dry)"}}		
1	17	1	3	fee	0	14 of 28 days	consideration	0.500000000000	each	280.00	140.00	2026-02-01	2026-02-15	2026-02-14	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "0.500000000000 each × 280.00 = 140.00000000000000", "rule": "fixed_fee", "schema": 2, "version": 7, "rounding": "half_up to 140.00 EUR", "arithmetic": 1}		
1	17	2	3	energy	0		consideration	32	kWh	0.40	12.80	2026-02-01	2026-02-15	2026-02-14	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "32 kWh × 0.40 = 12.80", "rule": "per_unit", "usage": {"end": "2026-02-14T23:00:00+00:00", "unit": "kWh", "batch": 12, "count": 2, "start": "2026-01-31T23:00:00+00:00", "total": "32", "series": 1, "expected": 336, "quantity": "32", "register": "p5.kwh", "estimated": 0}, "schema": 2, "version": 7, "rounding": "half_up to 12.80 EUR", "arithmetic": 1}		
1	17	3	3	fee	0	14 of 28 days	consideration	0.500000000000	each	560.00	280.00	2026-02-15	2026-03-01	2026-02-28	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "0.500000000000 each × 560.00 = 280.00000000000000", "rule": "fixed_fee", "schema": 2, "version": 11, "rounding": "half_up to 280.00 EUR", "arithmetic": 1}		
1	17	4	3	energy	0		consideration	60	kWh	0.40	24.00	2026-02-15	2026-03-01	2026-02-28	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "92 so far, 32 before; 60 kWh × 0.40 = 24.00", "rule": "per_unit", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "kWh", "batch": 12, "count": 2, "start": "2026-02-14T23:00:00+00:00", "total": "60", "series": 1, "expected": 336, "quantity": "60", "register": "p5.kwh", "estimated": 0}, "schema": 2, "opening": {"used": "32", "window": "2026-02-01"}, "version": 11, "rounding": "half_up to 24.00 EUR", "arithmetic": 1}		
1	17	5	3	energy	0		consideration	-8	kWh	0.40	-3.20	2026-01-01	2026-02-01	2026-01-31	AE	0	Reverse charge	7	2026-000007	{}	{}	{}	{"sum": "164 kWh × 0.40 = 65.60", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 10, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "164", "series": 1, "expected": 744, "quantity": "164", "register": "p5.kwh", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "65.60", "billed_net": "68.80", "owed_quantity": "164", "billed_quantity": "172"}, "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}, {"reason": "second press", "version": 2, "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}], "version": 7, "rounding": "half_up to 65.60 EUR", "arithmetic": 1}		
1	18	1	2	air	1	above 1000 m3@iso1217	consideration	1914.5	m3@iso1217	0.04	76.58	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "1914.5 m3@iso1217 × 0.04 = 76.580", "rule": "volume", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "m3@iso1217", "batch": 16, "count": 49, "start": "2026-01-31T23:00:00+00:00", "total": "1914.5", "series": 5, "expected": 672, "quantity": "1914.5", "register": "k1.air", "estimated": 0}, "schema": 2, "version": 9, "rounding": "half_up to 76.58 EUR", "arithmetic": 1}		
1	19	1	2	share	0	on account	consideration	1	each	150.00	150.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 150 = 150", "rule": "savings_share", "usage": {"of": [{"end": "2026-02-28T23:00:00+00:00", "unit": "kWh", "batch": 0, "count": 56, "start": "2026-01-30T23:00:00+00:00", "total": "37671", "series": 6, "expected": null, "quantity": "37671", "register": "heat.kwh", "estimated": 0}, {"end": "2026-02-28T23:00:00+00:00", "unit": "degC", "batch": 0, "count": 28, "start": "2026-01-30T23:00:00+00:00", "total": "-0.025", "series": 7, "is_mean": true, "expected": null, "quantity": "-0.025", "register": "weather.degc", "estimated": 0}], "name": "heat saved", "unit": "kWh", "count": 84, "total": "37671 + -0.025", "working": "52388 expected − 37671 measured kWh; 26 in_range, 2 caveat; by caltrack_daily of 2025-11-01, rows sha256 02e5a7441599", "quantity": "14717", "estimated": 0}, "schema": 2, "opening": {"within": {"saved": "17005", "billed": "150", "window": "2026-01-01", "verified": "1632.48"}}, "version": 10, "rounding": "half_up to 150.00 EUR", "arithmetic": 2}		
1	20	1	2	fee	0		consideration	1	each	100.00	100.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 100.00 = 100.00", "rule": "fixed_fee", "schema": 2, "version": 1, "rounding": "half_up to 100.00 EUR", "arithmetic": 1}		
1	20	2	2	energy	1	above 150 kWh	consideration	128	kWh	0.20	25.60	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "234 so far, 106 before; 128 kWh × 0.20 = 25.60", "rule": "graduated", "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 17, "count": 4, "start": "2026-02-28T23:00:00+00:00", "total": "128", "series": 1, "expected": 743, "quantity": "128", "register": "p5.kwh", "estimated": 0}, "schema": 2, "opening": {"used": "256", "window": "2026-01-01"}, "version": 1, "rounding": "half_up to 25.60 EUR", "arithmetic": 1}		
1	20	3	2	minimum	0	to the minimum	consideration	1	each	478.20	478.20	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "at least 900, less 421.8; 1 each × 478.2 = 478.2", "rule": "minimum_spend", "schema": 2, "opening": {"down": "0", "known": "0", "amount": "296.2", "window": "2026-01-01"}, "version": 1, "rounding": "half_up to 478.20 EUR", "arithmetic": 2}		
1	20	4	2	rebate	0	off energy	price_reduction	1	each	-0.77	-0.77	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "3 % of 25.6; 1 each × -0.768 = -0.768", "rule": "discount", "schema": 2, "version": 1, "rounding": "half_up to -0.77 EUR", "arithmetic": 2}		
1	21	1	3	parts	0	material steel	consideration	42	part	1.40	58.80	2026-03-01	2026-04-01	2026-03-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "42 part × 1.40 = 58.80", "rule": "matrix", "usage": {"of": [{"end": "2026-03-31T22:00:00+00:00", "unit": "part", "batch": 20, "count": 4, "start": "2026-02-28T23:00:00+00:00", "total": "86", "series": 4, "expected": null, "quantity": "86", "register": "p5.parts", "estimated": 0}], "name": "p5.parts", "unit": "part", "count": 4, "total": "86", "working": "", "quantity": "86", "estimated": 0}, "schema": 2, "version": 2, "rounding": "half_up to 58.80 EUR", "arithmetic": 1}		
1	21	2	3	parts	1	other	consideration	44	part	0.90	39.60	2026-03-01	2026-04-01	2026-03-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "44 part × 0.90 = 39.60", "rule": "matrix", "usage": {"of": [{"end": "2026-03-31T22:00:00+00:00", "unit": "part", "batch": 20, "count": 4, "start": "2026-02-28T23:00:00+00:00", "total": "86", "series": 4, "expected": null, "quantity": "86", "register": "p5.parts", "estimated": 0}], "name": "p5.parts", "unit": "part", "count": 4, "total": "86", "working": "", "quantity": "86", "estimated": 0}, "schema": 2, "version": 2, "rounding": "half_up to 39.60 EUR", "arithmetic": 1}		
1	21	3	3	rent	0		consideration	1	each	310.00	310.00	2026-04-01	2026-05-01	2026-04-30	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "1 each × 310.00 = 310.00", "rule": "fixed_fee", "schema": 2, "version": 2, "rounding": "half_up to 310.00 EUR", "arithmetic": 1}		
1	22	1	2	hours	0	charged	consideration	0	machine_hour	12.50	0.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "0 machine_hour × 12.50 = 0.00", "rule": "prepaid", "usage": {"end": "2026-03-31T22:00:00.000001+00:00", "unit": "machine_hour", "batch": 18, "count": 2, "start": "2026-02-28T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "opening": {"left": {"block 1": "106"}}, "version": 3, "rounding": "half_up to 0.00 EUR", "arithmetic": 2}		
1	22	2	2	hours	2000	of block 1	consideration	62	machine_hour	0	0.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "62 machine_hour × 0 = 0", "rule": "prepaid", "usage": {"end": "2026-03-31T22:00:00.000001+00:00", "unit": "machine_hour", "batch": 18, "count": 2, "start": "2026-02-28T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "opening": {"left": {"block 1": "106"}}, "version": 3, "rounding": "half_up to 0.00 EUR", "arithmetic": 2}		
1	23	1	3	demand	0		consideration	42.8	kW	9.8	419.44	2026-03-01	2026-04-01	2026-03-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "42.5 kW measured, 80 % of 53.5 before; 42.8 kW × 9.8 = 419.44", "rule": "demand", "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 17, "count": 4, "start": "2026-02-28T23:00:00+00:00", "total": "128", "series": 1, "expected": 743, "quantity": "128", "register": "p5.kwh", "estimated": 0}, "schema": 2, "opening": {"peaks": ["53.5", "33.5"]}, "version": 4, "rounding": "half_up to 419.44 EUR", "arithmetic": 1}		
1	23	2	3	level	0		consideration	4259.5	kWh	0.01	42.60	2026-03-01	2026-04-01	2026-03-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "4259.5 kWh × 0.01 = 42.595", "rule": "per_unit", "usage": {"end": "2026-03-31T22:00:00.000001+00:00", "unit": "kWh", "batch": 19, "count": 2, "start": "2026-02-28T23:00:00+00:00", "total": "4259.5", "series": 3, "expected": null, "quantity": "4259.5", "register": "p5.kw", "estimated": 0}, "schema": 2, "version": 4, "rounding": "half_up to 42.60 EUR", "arithmetic": 1}		
1	24	1	2	hours	0	within the commitment	consideration	26	machine_hour	9	234.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "26 machine_hour × 9 = 234", "rule": "commitment", "usage": {"end": "2026-03-31T22:00:00.000001+00:00", "unit": "machine_hour", "batch": 18, "count": 2, "start": "2026-02-28T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "opening": {"quarter": {"used": "124", "window": "2026-01-01", "made_up": "0"}}, "version": 5, "rounding": "half_up to 234.00 EUR", "arithmetic": 2}		
1	24	2	2	hours	1	above the commitment	consideration	36	machine_hour	9.9	356.40	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "1.1 × 9; 36 machine_hour × 9.9 = 356.4", "rule": "commitment", "usage": {"end": "2026-03-31T22:00:00.000001+00:00", "unit": "machine_hour", "batch": 18, "count": 2, "start": "2026-02-28T23:00:00+00:00", "total": "62", "series": 2, "expected": null, "quantity": "62", "register": "p5.hours", "estimated": 0}, "schema": 2, "opening": {"quarter": {"used": "124", "window": "2026-01-01", "made_up": "0"}}, "version": 5, "rounding": "half_up to 356.40 EUR", "arithmetic": 2}		
1	24	3	2	energy	0	taken	consideration	78	kWh	0.30	23.40	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "78 kWh × 0.30 = 23.40", "rule": "take_or_pay", "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 17, "count": 4, "start": "2026-02-28T23:00:00+00:00", "total": "128", "series": 1, "expected": 743, "quantity": "128", "register": "p5.kwh", "estimated": 0}, "schema": 2, "opening": {"used": "156", "window": "2026-01-01"}, "version": 5, "included": "50 kWh", "rounding": "half_up to 23.40 EUR", "arithmetic": 2}		
1	24	4	2	energy	0	taken	consideration	-42	kWh	0.30	-12.60	2026-02-01	2026-03-01	2026-02-28	S	19		15	2026-000015	{}	{}	{}	{"rule": "take_or_pay", "schema": 2, "adjusts": {"owed_net": "0", "billed_net": "12.60", "owed_quantity": "0", "billed_quantity": "42"}, "changes": [{"reason": "meter doubted", "dispute": 3, "outcome": "waived", "recorded_at": "2026-03-20T06:00:00+00:00", "recorded_by": "finance"}], "version": 5, "arithmetic": 2}		
1	25	1	3	fee	0		consideration	1	each	560.00	560.00	2026-03-01	2026-04-01	2026-03-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "1 each × 560.00 = 560.00", "rule": "fixed_fee", "schema": 2, "version": 11, "rounding": "half_up to 560.00 EUR", "arithmetic": 1}		
1	25	2	3	energy	0		consideration	128	kWh	0.40	51.20	2026-03-01	2026-04-01	2026-03-31	AE	0	Reverse charge	\N	\N	{}	{}	{}	{"sum": "128 kWh × 0.40 = 51.20", "rule": "per_unit", "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 17, "count": 4, "start": "2026-02-28T23:00:00+00:00", "total": "128", "series": 1, "expected": 743, "quantity": "128", "register": "p5.kwh", "estimated": 0}, "schema": 2, "version": 11, "rounding": "half_up to 51.20 EUR", "arithmetic": 1}		
1	26	1	2	share	0	on account	consideration	1	each	150.00	150.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 150 = 150", "rule": "savings_share", "usage": {"of": [{"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 0, "count": 62, "start": "2026-02-27T23:00:00+00:00", "total": "36092", "series": 6, "expected": null, "quantity": "36092", "register": "heat.kwh", "estimated": 0}, {"end": "2026-03-31T22:00:00+00:00", "unit": "degC", "batch": 0, "count": 31, "start": "2026-02-27T23:00:00+00:00", "total": "2.783870967741935", "series": 7, "is_mean": true, "expected": null, "quantity": "2.783870967741935", "register": "weather.degc", "estimated": 0}], "name": "heat saved", "unit": "kWh", "count": 93, "total": "36092 + 2.783870967741935", "working": "50090 expected − 36092 measured kWh; 31 in_range; by caltrack_daily of 2025-11-01, rows sha256 02e5a7441599", "quantity": "13998", "estimated": 0}, "schema": 2, "opening": {"within": {"saved": "31722", "billed": "300", "window": "2026-01-01", "verified": "3045.312"}}, "version": 10, "rounding": "half_up to 150.00 EUR", "arithmetic": 2}		
1	26	2	2	share	90	settlement of the quarter	consideration	1	each	3939.12	3939.12	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "all 2026-03: 13998 kWh × 0.12 = 1679.76; contract value 1679.76, cash value 1679.76; 80 % of 1679.76; verified 4389.12 − on account 450; 1 each × 3939.12 = 3939.12", "rule": "savings_share", "usage": {"of": [{"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 0, "count": 62, "start": "2026-02-27T23:00:00+00:00", "total": "36092", "series": 6, "expected": null, "quantity": "36092", "register": "heat.kwh", "estimated": 0}, {"end": "2026-03-31T22:00:00+00:00", "unit": "degC", "batch": 0, "count": 31, "start": "2026-02-27T23:00:00+00:00", "total": "2.783870967741935", "series": 7, "is_mean": true, "expected": null, "quantity": "2.783870967741935", "register": "weather.degc", "estimated": 0}], "name": "heat saved", "unit": "kWh", "count": 93, "total": "36092 + 2.783870967741935", "working": "50090 expected − 36092 measured kWh; 31 in_range; by caltrack_daily of 2025-11-01, rows sha256 02e5a7441599", "quantity": "13998", "estimated": 0}, "schema": 2, "opening": {"within": {"saved": "31722", "billed": "300", "window": "2026-01-01", "verified": "3045.312"}}, "version": 10, "rounding": "half_up to 3939.12 EUR", "arithmetic": 2}		
2	27	1	5	energy	0		consideration	172	kWh	0.25	43.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "172 kWh × 0.25 = 43.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 23, "count": 4, "start": "2025-12-31T23:00:00+00:00", "total": "172", "series": 11, "expected": 744, "quantity": "172", "register": "u1.kwh", "estimated": 0}, "schema": 2, "version": 12, "rounding": "half_up to 43.00 EUR", "arithmetic": 1}		
2	28	1	5	energy	0		consideration	92	kWh	0.25	23.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "92 kWh × 0.25 = 23.00", "rule": "per_unit", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "kWh", "batch": 24, "count": 4, "start": "2026-01-31T23:00:00+00:00", "total": "92", "series": 11, "expected": 672, "quantity": "92", "register": "u1.kwh", "estimated": 0}, "schema": 2, "version": 12, "rounding": "half_up to 23.00 EUR", "arithmetic": 1}		
3	29	1	7	use	0		consideration	220	part	0.10	22.00	2026-01-01	2026-01-16	2026-01-15	S	19		\N	\N	{}	{}	{}	{"sum": "220 part × 0.10 = 22.00", "rule": "per_unit", "usage": {"end": "2026-01-15T23:00:00+00:00", "unit": "part", "batch": 31, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "220", "series": 20, "expected": null, "quantity": "220", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 18, "rounding": "half_up to 22.00 EUR", "arithmetic": 1}		
3	30	1	7	demand	0		consideration	37.5	kW	9.8	367.50	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "37.5 kW measured; 37.5 kW × 9.8 = 367.50", "rule": "demand", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 27, "count": 3, "start": "2025-12-31T23:00:00+00:00", "total": "97.5", "series": 15, "expected": 744, "quantity": "97.5", "register": "w.kwh", "estimated": 0}, "schema": 2, "version": 14, "rounding": "half_up to 367.50 EUR", "arithmetic": 1}		
3	31	1	7	energy	0	0 to 150 kWh	consideration	77.5	kWh	0.50	38.75	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "77.5 kWh × 0.50 = 38.750", "rule": "graduated", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 27, "count": 3, "start": "2025-12-31T23:00:00+00:00", "total": "97.5", "series": 15, "expected": 744, "quantity": "97.5", "register": "w.kwh", "estimated": 0}, "schema": 2, "version": 15, "included": "20 kWh", "rounding": "half_up to 38.75 EUR", "arithmetic": 1}		
3	32	1	7	use	0		consideration	330	part	0.10	33.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "330 part × 0.10 = 33.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 31, "count": 3, "start": "2025-12-31T23:00:00+00:00", "total": "330", "series": 20, "expected": null, "quantity": "330", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 16, "rounding": "half_up to 33.00 EUR", "arithmetic": 1}		
3	33	1	7	use	0		consideration	330	part	0.10	33.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "330 part × 0.10 = 33.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 31, "count": 3, "start": "2025-12-31T23:00:00+00:00", "total": "330", "series": 20, "expected": null, "quantity": "330", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 17, "rounding": "half_up to 33.00 EUR", "arithmetic": 1}		
3	34	1	7	heat	0	0 to 100 kWh	consideration	66.666666666666667	kWh	0.50	33.33	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "66.666666666666667 kWh × 0.50 = 33.33333333333333350", "rule": "graduated", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "MJ", "batch": 28, "count": 3, "start": "2025-12-31T23:00:00+00:00", "total": "240", "series": 16, "expected": 744, "quantity": "240", "register": "w.mj", "estimated": 0}, "schema": 2, "version": 19, "rounding": "half_up to 33.33 EUR", "arithmetic": 1, "conversion": {"to": "kWh", "from": "MJ", "factor": "5/18"}}		
3	35	1	7	use	0		consideration	220	part	0.1	22.00	2026-01-01	2026-01-15	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "220 part × 0.1 = 22.0", "rule": "per_unit", "index": {"factor": "1", "working": ""}, "usage": {"end": "2026-01-14T23:00:00+00:00", "unit": "part", "batch": 31, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "220", "series": 20, "expected": null, "quantity": "220", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 20, "rounding": "half_up to 22.00 EUR", "arithmetic": 1}		
3	35	2	7	use	0		consideration	110	part	0.10098	11.11	2026-01-15	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "330 so far, 220 before; 110 part × 0.10098 = 11.10780", "rule": "per_unit", "index": {"factor": "1.009800", "working": "2026-01-15: prices 100.98 of 2025-12 → 1.0098"}, "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 31, "count": 1, "start": "2026-01-14T23:00:00+00:00", "total": "110", "series": 20, "expected": null, "quantity": "110", "register": "w.parts", "estimated": 0}, "schema": 2, "opening": {"used": "220", "window": "2026-01-01"}, "version": 20, "rounding": "half_up to 11.11 EUR", "arithmetic": 1}		
3	36	1	7	use	0		consideration	330	part	0.10	33.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "330 part × 0.10 = 33.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 31, "count": 3, "start": "2025-12-31T23:00:00+00:00", "total": "330", "series": 20, "expected": null, "quantity": "330", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 21, "rounding": "half_up to 33.00 EUR", "arithmetic": 1}		
3	37	1	7	use	0		consideration	500	part	0.10	50.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "500 part × 0.10 = 50.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 33, "count": 1, "start": "2025-12-31T23:00:00+00:00", "total": "500", "series": 21, "expected": null, "quantity": "500", "register": "w.ended", "estimated": 0}, "schema": 2, "version": 22, "rounding": "half_up to 50.00 EUR", "arithmetic": 1}		
3	38	1	7	use	0		consideration	500	part	0.10	50.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "500 part × 0.10 = 50.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 34, "count": 1, "start": "2025-12-31T23:00:00+00:00", "total": "500", "series": 22, "expected": null, "quantity": "500", "register": "w.waits", "estimated": 0}, "schema": 2, "version": 23, "rounding": "half_up to 50.00 EUR", "arithmetic": 1}		
3	39	1	7	use	0		consideration	4608	kWh	0.10	460.80	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "4608 kWh × 0.10 = 460.80", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00.000001+00:00", "unit": "kWh", "batch": 29, "count": 1, "start": "2025-12-31T23:00:00+00:00", "total": "4608", "series": 17, "expected": null, "quantity": "4608", "register": "w.line", "estimated": 0}, "schema": 2, "version": 24, "rounding": "half_up to 460.80 EUR", "arithmetic": 1}		
3	40	1	7	use	0		consideration	120	kWh	0.10	12.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "120 kWh × 0.10 = 12.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00.000001+00:00", "unit": "kWh", "batch": 30, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "120", "series": 18, "expected": null, "quantity": "120", "register": "w.counter", "estimated": 0}, "schema": 2, "version": 25, "rounding": "half_up to 12.00 EUR", "arithmetic": 1}		
3	41	1	7	use	0		consideration	310	kWh	0.10	31.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "310 kWh × 0.10 = 31.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00.000001+00:00", "unit": "kWh", "batch": 32, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "310", "series": 19, "expected": null, "quantity": "310", "register": "w.device", "estimated": 0}, "schema": 2, "version": 26, "rounding": "half_up to 31.00 EUR", "arithmetic": 1}		
3	42	1	7	fee	0		consideration	1	each	50.00	50.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 50.00 = 50.00", "rule": "fixed_fee", "schema": 2, "version": 28, "rounding": "half_up to 50.00 EUR", "arithmetic": 1}		
3	42	2	7	first	0	off fee	price_reduction	1	each	-30.00	-30.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "30 × 50 / 50; 1 each × -30 = -30", "rule": "discount", "schema": 2, "version": 28, "rounding": "half_up to -30.00 EUR", "arithmetic": 1}		
3	42	3	7	second	0	off fee	price_reduction	1	each	-30.00	-30.00	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "30 × 50 / 50; 1 each × -30 = -30", "rule": "discount", "schema": 2, "version": 28, "rounding": "half_up to -30.00 EUR", "arithmetic": 1}		
3	43	1	7	day	0		consideration	0.0975	MWh	300	29.25	2026-01-01	2026-02-01	2026-01-31	S	19		\N	\N	{}	{}	{}	{"sum": "0.0975 MWh × 300 = 29.2500", "rule": "per_unit", "usage": {"of": [{"end": "2026-02-01T00:00:00+00:00", "unit": "kWh", "batch": 27, "count": 3, "start": "2026-01-01T00:00:00+00:00", "total": "97.5", "series": 15, "expected": 744, "quantity": "97.5", "register": "w.kwh", "estimated": 0}], "name": "day", "unit": "kWh", "count": 3, "total": "97.5", "working": "", "quantity": "97.5", "estimated": 0}, "schema": 2, "version": 27, "rounding": "half_up to 29.25 EUR", "arithmetic": 1}		
3	44	1	7	use	0		consideration	110	part	0.10	11.00	2026-01-01	2026-02-01	2026-01-31	S	19		29	2026-000001	{}	{}	{}	{"sum": "330 part × 0.10 = 33.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 31, "count": 3, "start": "2025-12-31T23:00:00+00:00", "total": "330", "series": 20, "expected": null, "quantity": "330", "register": "w.parts", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "33.00", "billed_net": "22.00", "owed_quantity": "330", "billed_quantity": "220"}, "changes": [{"version": 2, "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "version": 29, "rounding": "half_up to 33.00 EUR", "arithmetic": 1}		
3	45	1	7	use	0		consideration	100	part	0.10	10.00	2026-01-01	2026-02-01	2026-01-31	S	19		37	2026-000009	{}	{}	{}	{"sum": "600 part × 0.10 = 60.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 35, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "600", "series": 21, "expected": null, "quantity": "600", "register": "w.ended", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "60.00", "billed_net": "50.00", "owed_quantity": "600", "billed_quantity": "500"}, "changes": [{"kind": "import", "batch": 35, "source": "w.ended.csv", "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "version": 22, "rounding": "half_up to 60.00 EUR", "arithmetic": 1}		
3	46	1	7	use	0		consideration	-110	part	0.10	-11.00	2026-01-01	2026-01-15	2026-01-14	S	19		33	2026-000005	{}	{}	{}	{"sum": "220 part × 0.10 = 22.00", "rule": "per_unit", "usage": {"end": "2026-01-14T23:00:00+00:00", "unit": "part", "batch": 31, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "220", "series": 20, "expected": null, "quantity": "220", "register": "w.parts", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "22.00", "billed_net": "33.00", "owed_quantity": "220", "billed_quantity": "330"}, "changes": [{"reason": "another address", "version": 2, "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "version": 17, "rounding": "half_up to 22.00 EUR", "arithmetic": 1}		
3	46	2	7	use	0		consideration	110	part	0.10	11.00	2026-01-15	2026-02-01	2026-01-31	S	19		33	2026-000005	{}	{}	{}	{"sum": "330 so far, 220 before; 110 part × 0.10 = 11.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 31, "count": 1, "start": "2026-01-14T23:00:00+00:00", "total": "110", "series": 20, "expected": null, "quantity": "110", "register": "w.parts", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "11.00", "billed_net": "0", "owed_quantity": "110", "billed_quantity": "0"}, "changes": [{"reason": "another address", "version": 2, "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "opening": {"used": "220", "window": "2026-01-01"}, "version": 31, "rounding": "half_up to 11.00 EUR", "arithmetic": 1}		
3	47	1	7	use	0		consideration	200	kWh	0.10	20.00	2026-01-01	2026-02-01	2026-01-31	S	19		40	2026-000012	{}	{}	{}	{"sum": "320 kWh × 0.10 = 32.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00.000001+00:00", "unit": "kWh", "batch": 36, "count": 2, "start": "2025-12-29T23:00:00+00:00", "total": "320", "series": 18, "expected": null, "quantity": "320", "register": "w.counter", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "32.00", "billed_net": "12.00", "owed_quantity": "320", "billed_quantity": "120"}, "changes": [{"kind": "import", "batch": 36, "source": "w.counter.csv", "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "version": 25, "rounding": "half_up to 32.00 EUR", "arithmetic": 1}		
3	48	1	7	use	0		consideration	-150	part	0.10	-15.00	2026-01-01	2026-02-01	2026-01-31	S	19		37	2026-000009	{}	{}	{}	{"sum": "450 part × 0.10 = 45.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 38, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "450", "series": 21, "expected": null, "quantity": "450", "register": "w.ended", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "45.00", "billed_net": "60.00", "owed_quantity": "450", "billed_quantity": "600"}, "changes": [{"kind": "import", "batch": 38, "reason": "counted twice", "source": "w.ended.csv", "recorded_at": "2026-02-09T06:00:00+00:00", "recorded_by": "west"}], "version": 22, "rounding": "half_up to 45.00 EUR", "arithmetic": 1}		
3	49	1	7	demand	0		consideration	34.5	kW	9.8	338.10	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "34.5 kW measured; 34.5 kW × 9.8 = 338.10", "rule": "demand", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "kWh", "batch": 39, "count": 3, "start": "2026-01-31T23:00:00+00:00", "total": "88.5", "series": 15, "expected": 672, "quantity": "88.5", "register": "w.kwh", "estimated": 0}, "schema": 2, "opening": {"peaks": ["37.5"]}, "version": 14, "rounding": "half_up to 338.10 EUR", "arithmetic": 1}		
3	50	1	7	energy	0	0 to 150 kWh	consideration	68.5	kWh	0.50	34.25	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "146 so far, 77.5 before; 68.5 kWh × 0.50 = 34.250", "rule": "graduated", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "kWh", "batch": 39, "count": 3, "start": "2026-01-31T23:00:00+00:00", "total": "88.5", "series": 15, "expected": 672, "quantity": "88.5", "register": "w.kwh", "estimated": 0}, "schema": 2, "opening": {"used": "77.5", "window": "2026-01-01"}, "version": 15, "included": "20 kWh", "rounding": "half_up to 34.25 EUR", "arithmetic": 1}		
3	51	1	7	use	0		consideration	360	part	0.10	36.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "360 part × 0.10 = 36.00", "rule": "per_unit", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "part", "batch": 43, "count": 3, "start": "2026-01-31T23:00:00+00:00", "total": "360", "series": 20, "expected": null, "quantity": "360", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 30, "rounding": "half_up to 36.00 EUR", "arithmetic": 1}		
3	52	1	7	use	0		consideration	360	part	0.10	36.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "360 part × 0.10 = 36.00", "rule": "per_unit", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "part", "batch": 43, "count": 3, "start": "2026-01-31T23:00:00+00:00", "total": "360", "series": 20, "expected": null, "quantity": "360", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 31, "rounding": "half_up to 36.00 EUR", "arithmetic": 1}		
3	53	1	7	use	0		consideration	360	part	0.10	36.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "360 part × 0.10 = 36.00", "rule": "per_unit", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "part", "batch": 43, "count": 3, "start": "2026-01-31T23:00:00+00:00", "total": "360", "series": 20, "expected": null, "quantity": "360", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 29, "rounding": "half_up to 36.00 EUR", "arithmetic": 1}		
3	54	1	7	heat	0	0 to 100 kWh	consideration	33.333333333333333	kWh	0.50	16.67	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "100 so far, 66.666666666666667 before; 33.333333333333333 kWh × 0.50 = 16.66666666666666650", "rule": "graduated", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "MJ", "batch": 40, "count": 3, "start": "2026-01-31T23:00:00+00:00", "total": "240", "series": 16, "expected": 672, "quantity": "240", "register": "w.mj", "estimated": 0}, "schema": 2, "opening": {"used": "200/3", "window": "2026-01-01"}, "version": 19, "rounding": "half_up to 16.67 EUR", "arithmetic": 1, "conversion": {"to": "kWh", "from": "MJ", "factor": "5/18"}}		
3	54	2	7	heat	1	above 100 kWh	consideration	33.333333333333333	kWh	0.20	6.67	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "33.333333333333333 kWh × 0.20 = 6.66666666666666660", "rule": "graduated", "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "MJ", "batch": 40, "count": 3, "start": "2026-01-31T23:00:00+00:00", "total": "240", "series": 16, "expected": 672, "quantity": "240", "register": "w.mj", "estimated": 0}, "schema": 2, "opening": {"used": "200/3", "window": "2026-01-01"}, "version": 19, "rounding": "half_up to 6.67 EUR", "arithmetic": 1, "conversion": {"to": "kWh", "from": "MJ", "factor": "5/18"}}		
3	55	1	7	use	0		consideration	240	part	0.10098	24.24	2026-02-01	2026-02-15	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "240 part × 0.10098 = 24.23520", "rule": "per_unit", "index": {"factor": "1.009800", "working": "2026-01-15: prices 100.98 of 2025-12 → 1.0098"}, "usage": {"end": "2026-02-14T23:00:00+00:00", "unit": "part", "batch": 43, "count": 2, "start": "2026-01-31T23:00:00+00:00", "total": "240", "series": 20, "expected": null, "quantity": "240", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 20, "rounding": "half_up to 24.24 EUR", "arithmetic": 1}		
3	55	2	7	use	0		consideration	120	part	0.10302	12.36	2026-02-15	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "360 so far, 240 before; 120 part × 0.10302 = 12.36240", "rule": "per_unit", "index": {"factor": "1.030200", "working": "2026-01-15: prices 100.98 of 2025-12 → 1.0098; 2026-02-15: prices 103.02 of 2026-01 → 1.0302"}, "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "part", "batch": 43, "count": 1, "start": "2026-02-14T23:00:00+00:00", "total": "120", "series": 20, "expected": null, "quantity": "120", "register": "w.parts", "estimated": 0}, "schema": 2, "opening": {"used": "240", "window": "2026-02-01"}, "version": 20, "rounding": "half_up to 12.36 EUR", "arithmetic": 1}		
3	57	1	7	use	0		consideration	6156.8	kWh	0.10	615.68	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "6156.8 kWh × 0.10 = 615.680", "rule": "per_unit", "usage": {"end": "2026-02-28T23:00:00.000001+00:00", "unit": "kWh", "batch": 41, "count": 2, "start": "2026-01-20T23:00:00+00:00", "total": "6156.8", "series": 17, "expected": null, "quantity": "6156.8", "register": "w.line", "estimated": 0}, "schema": 2, "version": 24, "rounding": "half_up to 615.68 EUR", "arithmetic": 1}		
3	57	2	7	use	0		consideration	3335.2	kWh	0.10	333.52	2026-01-01	2026-02-01	2026-01-31	S	19		39	2026-000011	{}	{}	{}	{"sum": "7943.2 kWh × 0.10 = 794.320", "rule": "per_unit", "usage": {"end": "2026-02-04T23:00:00.000001+00:00", "unit": "kWh", "batch": 29, "count": 2, "start": "2025-12-31T23:00:00+00:00", "total": "7943.2", "series": 17, "expected": null, "quantity": "7943.2", "register": "w.line", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "794.32", "billed_net": "460.80", "owed_quantity": "7943.2", "billed_quantity": "4608"}, "changes": [{"kind": "import", "batch": 37, "source": "w.line.csv", "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}, {"kind": "import", "batch": 41, "source": "w.line.csv", "recorded_at": "2026-02-28T06:00:00+00:00", "recorded_by": "west"}], "version": 24, "rounding": "half_up to 794.32 EUR", "arithmetic": 1}		
3	58	1	7	use	0		consideration	200	kWh	0.10	20.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "200 kWh × 0.10 = 20.00", "rule": "per_unit", "usage": {"end": "2026-02-28T23:00:00.000001+00:00", "unit": "kWh", "batch": 42, "count": 2, "start": "2026-01-20T23:00:00+00:00", "total": "200", "series": 18, "expected": null, "quantity": "200", "register": "w.counter", "estimated": 0}, "schema": 2, "version": 25, "rounding": "half_up to 20.00 EUR", "arithmetic": 1}		
3	59	1	7	use	0		consideration	280	kWh	0.10	28.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "280 kWh × 0.10 = 28.00", "rule": "per_unit", "usage": {"end": "2026-02-28T23:00:00.000001+00:00", "unit": "kWh", "batch": 44, "count": 2, "start": "2026-01-31T23:00:00+00:00", "total": "280", "series": 19, "expected": null, "quantity": "280", "register": "w.device", "estimated": 0}, "schema": 2, "version": 26, "rounding": "half_up to 28.00 EUR", "arithmetic": 1}		
3	60	1	7	fee	0		consideration	1	each	50.00	50.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 50.00 = 50.00", "rule": "fixed_fee", "schema": 2, "version": 28, "rounding": "half_up to 50.00 EUR", "arithmetic": 1}		
3	60	2	7	first	0	off fee	price_reduction	1	each	-30.00	-30.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "30 × 50 / 50; 1 each × -30 = -30", "rule": "discount", "schema": 2, "version": 28, "rounding": "half_up to -30.00 EUR", "arithmetic": 1}		
3	60	3	7	second	0	off fee	price_reduction	1	each	-30.00	-30.00	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "30 × 50 / 50; 1 each × -30 = -30", "rule": "discount", "schema": 2, "version": 28, "rounding": "half_up to -30.00 EUR", "arithmetic": 1}		
3	61	1	7	day	0		consideration	0.054	MWh	300	16.20	2026-02-01	2026-03-01	2026-02-28	S	19		\N	\N	{}	{}	{}	{"sum": "0.054 MWh × 300 = 16.200", "rule": "per_unit", "usage": {"of": [{"end": "2026-03-01T00:00:00+00:00", "unit": "kWh", "batch": 39, "count": 3, "start": "2026-02-01T00:00:00+00:00", "total": "88.5", "series": 15, "expected": 672, "quantity": "88.5", "register": "w.kwh", "estimated": 0}], "name": "day", "unit": "kWh", "count": 3, "total": "88.5", "working": "", "quantity": "54", "estimated": 0}, "schema": 2, "version": 27, "rounding": "half_up to 16.20 EUR", "arithmetic": 1}		
3	62	1	7	demand	0		consideration	0.0315	MW	9900	311.85	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "0.0315 MW measured; 0.0315 MW × 9900 = 311.8500", "rule": "demand", "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 45, "count": 3, "start": "2026-02-28T23:00:00+00:00", "total": "79.5", "series": 15, "expected": 743, "quantity": "79.5", "register": "w.kwh", "estimated": 0}, "schema": 2, "opening": {"peaks": ["0.0375", "0.0345"]}, "version": 32, "rounding": "half_up to 311.85 EUR", "arithmetic": 1, "conversion": {"to": "MW", "from": "kW", "factor": "1/1000"}}		
3	63	1	7	power	0	0 to 150 kWh	consideration	4	kWh	0.50	2.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "150 so far, 146 before; 4 kWh × 0.50 = 2.00", "rule": "graduated", "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 45, "count": 3, "start": "2026-02-28T23:00:00+00:00", "total": "79.5", "series": 15, "expected": 743, "quantity": "79.5", "register": "w.kwh", "estimated": 0}, "schema": 2, "opening": {"used": "146", "window": "2026-01-01"}, "version": 33, "included": "20 kWh", "rounding": "half_up to 2.00 EUR", "arithmetic": 1}		
3	63	2	7	power	1	above 150 kWh	consideration	55.5	kWh	0.20	11.10	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "55.5 kWh × 0.20 = 11.100", "rule": "graduated", "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 45, "count": 3, "start": "2026-02-28T23:00:00+00:00", "total": "79.5", "series": 15, "expected": 743, "quantity": "79.5", "register": "w.kwh", "estimated": 0}, "schema": 2, "opening": {"used": "146", "window": "2026-01-01"}, "version": 33, "included": "20 kWh", "rounding": "half_up to 11.10 EUR", "arithmetic": 1}		
3	64	1	7	heat	1	above 100 kWh	consideration	66.666666666666667	kWh	0.20	13.33	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "100 so far, 33.333333333333333 before; 66.666666666666667 kWh × 0.20 = 13.33333333333333340", "rule": "graduated", "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "MJ", "batch": 46, "count": 3, "start": "2026-02-28T23:00:00+00:00", "total": "240", "series": 16, "expected": 743, "quantity": "240", "register": "w.mj", "estimated": 0}, "schema": 2, "opening": {"used": "400/3", "window": "2026-01-01"}, "version": 19, "rounding": "half_up to 13.33 EUR", "arithmetic": 1, "conversion": {"to": "kWh", "from": "MJ", "factor": "5/18"}}		
3	65	1	7	use	0		consideration	260	part	0.10403	27.05	2026-03-01	2026-03-15	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "260 part × 0.10403 = 27.04780", "rule": "per_unit", "index": {"factor": "1.040300", "working": "2026-01-15: prices 101.97 of 2025-12 → 1.0197; 2026-02-15: prices 104.03 of 2026-01 → 1.0403"}, "usage": {"end": "2026-03-14T23:00:00+00:00", "unit": "part", "batch": 49, "count": 2, "start": "2026-02-28T23:00:00+00:00", "total": "260", "series": 20, "expected": null, "quantity": "260", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 20, "rounding": "half_up to 27.05 EUR", "arithmetic": 1}		
3	65	2	7	use	0		consideration	130	part	0.10506	13.66	2026-03-15	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "390 so far, 260 before; 130 part × 0.10506 = 13.65780", "rule": "per_unit", "index": {"factor": "1.050600", "working": "2026-01-15: prices 101.97 of 2025-12 → 1.0197; 2026-02-15: prices 104.03 of 2026-01 → 1.0403; 2026-03-15: prices 105.06 of 2026-02 → 1.0506"}, "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "part", "batch": 49, "count": 1, "start": "2026-03-14T23:00:00+00:00", "total": "130", "series": 20, "expected": null, "quantity": "130", "register": "w.parts", "estimated": 0}, "schema": 2, "opening": {"used": "260", "window": "2026-03-01"}, "version": 20, "rounding": "half_up to 13.66 EUR", "arithmetic": 1}		
3	65	3	7	use	0		consideration	-110	part	0.10098	-11.11	2026-01-15	2026-02-01	2026-01-31	S	19		35	2026-000007	{}	{}	{}	{"sum": "330 so far, 220 before; 110 part × 0.10197 = 11.21670", "rule": "per_unit", "index": {"factor": "1.019700", "working": "2026-01-15: prices 101.97 of 2025-12 → 1.0197"}, "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 31, "count": 1, "start": "2026-01-14T23:00:00+00:00", "total": "110", "series": 20, "expected": null, "quantity": "110", "register": "w.parts", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "11.22", "billed_net": "11.11", "owed_quantity": "110", "billed_quantity": "110"}, "changes": [{"now": "old prices×1.03", "was": "old prices×1.02", "fact": "index", "about": "links"}], "opening": {"used": "220", "window": "2026-01-01"}, "version": 20, "rounding": "half_up to 11.22 EUR", "arithmetic": 1}		
3	65	4	7	use	0		consideration	110	part	0.10197	11.22	2026-01-15	2026-02-01	2026-01-31	S	19		35	2026-000007	{}	{}	{}	{"sum": "330 so far, 220 before; 110 part × 0.10197 = 11.21670", "rule": "per_unit", "index": {"factor": "1.019700", "working": "2026-01-15: prices 101.97 of 2025-12 → 1.0197"}, "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 31, "count": 1, "start": "2026-01-14T23:00:00+00:00", "total": "110", "series": 20, "expected": null, "quantity": "110", "register": "w.parts", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "11.22", "billed_net": "11.11", "owed_quantity": "110", "billed_quantity": "110"}, "changes": [{"now": "old prices×1.03", "was": "old prices×1.02", "fact": "index", "about": "links"}], "opening": {"used": "220", "window": "2026-01-01"}, "version": 20, "rounding": "half_up to 11.22 EUR", "arithmetic": 1}		
3	65	5	7	use	0		consideration	-240	part	0.10098	-24.24	2026-02-01	2026-02-15	2026-02-28	S	19		55	2026-000027	{}	{}	{}	{"sum": "240 part × 0.10197 = 24.47280", "rule": "per_unit", "index": {"factor": "1.019700", "working": "2026-01-15: prices 101.97 of 2025-12 → 1.0197"}, "usage": {"end": "2026-02-14T23:00:00+00:00", "unit": "part", "batch": 43, "count": 2, "start": "2026-01-31T23:00:00+00:00", "total": "240", "series": 20, "expected": null, "quantity": "240", "register": "w.parts", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "24.47", "billed_net": "24.24", "owed_quantity": "240", "billed_quantity": "240"}, "changes": [{"now": "old prices×1.03", "was": "old prices×1.02", "fact": "index", "about": "links"}], "version": 20, "rounding": "half_up to 24.47 EUR", "arithmetic": 1}		
3	65	6	7	use	0		consideration	240	part	0.10197	24.47	2026-02-01	2026-02-15	2026-02-28	S	19		55	2026-000027	{}	{}	{}	{"sum": "240 part × 0.10197 = 24.47280", "rule": "per_unit", "index": {"factor": "1.019700", "working": "2026-01-15: prices 101.97 of 2025-12 → 1.0197"}, "usage": {"end": "2026-02-14T23:00:00+00:00", "unit": "part", "batch": 43, "count": 2, "start": "2026-01-31T23:00:00+00:00", "total": "240", "series": 20, "expected": null, "quantity": "240", "register": "w.parts", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "24.47", "billed_net": "24.24", "owed_quantity": "240", "billed_quantity": "240"}, "changes": [{"now": "old prices×1.03", "was": "old prices×1.02", "fact": "index", "about": "links"}], "version": 20, "rounding": "half_up to 24.47 EUR", "arithmetic": 1}		
3	65	7	7	use	0		consideration	-120	part	0.10302	-12.36	2026-02-15	2026-03-01	2026-02-28	S	19		55	2026-000027	{}	{}	{}	{"sum": "360 so far, 240 before; 120 part × 0.10403 = 12.48360", "rule": "per_unit", "index": {"factor": "1.040300", "working": "2026-01-15: prices 101.97 of 2025-12 → 1.0197; 2026-02-15: prices 104.03 of 2026-01 → 1.0403"}, "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "part", "batch": 43, "count": 1, "start": "2026-02-14T23:00:00+00:00", "total": "120", "series": 20, "expected": null, "quantity": "120", "register": "w.parts", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "12.48", "billed_net": "12.36", "owed_quantity": "120", "billed_quantity": "120"}, "changes": [{"now": "old prices×1.03", "was": "old prices×1.02", "fact": "index", "about": "links"}], "opening": {"used": "240", "window": "2026-02-01"}, "version": 20, "rounding": "half_up to 12.48 EUR", "arithmetic": 1}		
3	65	8	7	use	0		consideration	120	part	0.10403	12.48	2026-02-15	2026-03-01	2026-02-28	S	19		55	2026-000027	{}	{}	{}	{"sum": "360 so far, 240 before; 120 part × 0.10403 = 12.48360", "rule": "per_unit", "index": {"factor": "1.040300", "working": "2026-01-15: prices 101.97 of 2025-12 → 1.0197; 2026-02-15: prices 104.03 of 2026-01 → 1.0403"}, "usage": {"end": "2026-02-28T23:00:00+00:00", "unit": "part", "batch": 43, "count": 1, "start": "2026-02-14T23:00:00+00:00", "total": "120", "series": 20, "expected": null, "quantity": "120", "register": "w.parts", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "12.48", "billed_net": "12.36", "owed_quantity": "120", "billed_quantity": "120"}, "changes": [{"now": "old prices×1.03", "was": "old prices×1.02", "fact": "index", "about": "links"}], "opening": {"used": "240", "window": "2026-02-01"}, "version": 20, "rounding": "half_up to 12.48 EUR", "arithmetic": 1}		
3	66	1	7	use	0		consideration	390	part	0.10	39.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "390 part × 0.10 = 39.00", "rule": "per_unit", "usage": {"end": "2026-03-31T22:00:00+00:00", "unit": "part", "batch": 49, "count": 3, "start": "2026-02-28T23:00:00+00:00", "total": "390", "series": 20, "expected": null, "quantity": "390", "register": "w.parts", "estimated": 0}, "schema": 2, "version": 21, "rounding": "half_up to 39.00 EUR", "arithmetic": 1}		
3	67	1	7	use	0		consideration	6640	kWh	0.10	664.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "6640 kWh × 0.10 = 664.00", "rule": "per_unit", "usage": {"end": "2026-03-31T22:00:00.000001+00:00", "unit": "kWh", "batch": 47, "count": 2, "start": "2026-02-20T23:00:00+00:00", "total": "6640", "series": 17, "expected": null, "quantity": "6640", "register": "w.line", "estimated": 0}, "schema": 2, "version": 24, "rounding": "half_up to 664.00 EUR", "arithmetic": 1}		
3	67	2	7	use	0		consideration	2624	kWh	0.10	262.40	2026-02-01	2026-03-01	2026-02-28	S	19		57	2026-000029	{}	{}	{}	{"sum": "8780.8 kWh × 0.10 = 878.080", "rule": "per_unit", "usage": {"end": "2026-03-04T23:00:00.000001+00:00", "unit": "kWh", "batch": 41, "count": 3, "start": "2026-01-20T23:00:00+00:00", "total": "8780.8", "series": 17, "expected": null, "quantity": "8780.8", "register": "w.line", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "878.08", "billed_net": "615.68", "owed_quantity": "8780.8", "billed_quantity": "6156.8"}, "changes": [{"kind": "import", "batch": 47, "source": "w.line.csv", "recorded_at": "2026-03-31T06:00:00+00:00", "recorded_by": "west"}], "version": 24, "rounding": "half_up to 878.08 EUR", "arithmetic": 1}		
3	68	1	7	use	0		consideration	200	kWh	0.10	20.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "200 kWh × 0.10 = 20.00", "rule": "per_unit", "usage": {"end": "2026-03-31T22:00:00.000001+00:00", "unit": "kWh", "batch": 48, "count": 2, "start": "2026-02-20T23:00:00+00:00", "total": "200", "series": 18, "expected": null, "quantity": "200", "register": "w.counter", "estimated": 0}, "schema": 2, "version": 25, "rounding": "half_up to 20.00 EUR", "arithmetic": 1}		
3	69	1	7	use	0		consideration	310	kWh	0.10	31.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "310 kWh × 0.10 = 31.00", "rule": "per_unit", "usage": {"end": "2026-03-31T22:00:00.000001+00:00", "unit": "kWh", "batch": 50, "count": 2, "start": "2026-02-28T23:00:00+00:00", "total": "310", "series": 19, "expected": null, "quantity": "310", "register": "w.device", "estimated": 0}, "schema": 2, "version": 26, "rounding": "half_up to 31.00 EUR", "arithmetic": 1}		
3	70	1	7	fee	0		consideration	1	each	50.00	50.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "1 each × 50.00 = 50.00", "rule": "fixed_fee", "schema": 2, "version": 28, "rounding": "half_up to 50.00 EUR", "arithmetic": 1}		
3	70	2	7	first	0	off fee	price_reduction	1	each	-30.00	-30.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "30 × 50 / 50; 1 each × -30 = -30", "rule": "discount", "schema": 2, "version": 28, "rounding": "half_up to -30.00 EUR", "arithmetic": 1}		
3	70	3	7	second	0	off fee	price_reduction	1	each	-30.00	-30.00	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "30 × 50 / 50; 1 each × -30 = -30", "rule": "discount", "schema": 2, "version": 28, "rounding": "half_up to -30.00 EUR", "arithmetic": 1}		
3	71	1	7	day	0		consideration	0.048	MWh	300	14.40	2026-03-01	2026-04-01	2026-03-31	S	19		\N	\N	{}	{}	{}	{"sum": "0.048 MWh × 300 = 14.400", "rule": "per_unit", "usage": {"of": [{"end": "2026-03-31T23:00:00+00:00", "unit": "kWh", "batch": 45, "count": 3, "start": "2026-03-01T00:00:00+00:00", "total": "79.5", "series": 15, "expected": 743, "quantity": "79.5", "register": "w.kwh", "estimated": 0}], "name": "day", "unit": "kWh", "count": 3, "total": "79.5", "working": "", "quantity": "48", "estimated": 0}, "schema": 2, "version": 27, "rounding": "half_up to 14.40 EUR", "arithmetic": 1}		
3	72	1	7	use	0		consideration	40	part	0.10	4.00	2026-01-01	2026-02-01	2026-01-31	S	19		37	2026-000009	{}	{}	{}	{"sum": "490 part × 0.10 = 49.00", "rule": "per_unit", "usage": {"end": "2026-01-31T23:00:00+00:00", "unit": "part", "batch": 51, "count": 3, "start": "2025-12-31T23:00:00+00:00", "total": "490", "series": 21, "expected": null, "quantity": "490", "register": "w.ended", "estimated": 0}, "schema": 2, "adjusts": {"owed_net": "49.00", "billed_net": "45.00", "owed_quantity": "490", "billed_quantity": "450"}, "changes": [{"kind": "import", "batch": 51, "source": "w.ended.csv", "recorded_at": "2026-03-31T06:00:00+00:00", "recorded_by": "west"}], "version": 22, "rounding": "half_up to 49.00 EUR", "arithmetic": 1}		
\.
copy public."meter" ("tenant", "id", "asset_id", "name", "serial", "approved_until") from stdin;
1	1	1	Main meter P5	VA-520	\N
1	2	2	Flow meter K1	\N	\N
1	3	3	Heat meter	\N	\N
1	4	3	Weather station	\N	\N
2	5	4	Main meter P5	VA-520	\N
3	6	5	Main meter P9	VA-900	\N
\.
copy public."party" ("tenant", "id", "name") from stdin;
1	1	Nordluft GmbH
1	2	Blechwerke KG
1	3	Presses de Lyon SA
2	4	Südpresse AG
2	5	Ulmer Guss
3	6	Westkraft GmbH
3	7	Ruhrguss GmbH
\.
copy public."rating" ("tenant", "id", "contract_id", "customer_id", "invoice_id", "document_id", "rests_on_id", "first", "after_last", "watermark", "rated_at", "inputs", "swept") from stdin;
1	1	2	3	1	1	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"rent": {"rule": "fixed_fee", "arithmetic": 1}, "parts": {"rule": "matrix", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["rent"], "version": 2}], "whole_period": "2026-01-01/2026-02-01"}	t
1	2	1	2	2	2	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "energy": {"rule": "graduated", "arithmetic": 1}, "rebate": {"rule": "discount", "arithmetic": 2}, "minimum": {"rule": "minimum_spend", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "172", "window": "2026-01-01"}, "arithmetic": 1}}, "minimum": {"rule": {"per": "quarter", "kind": "minimum_spend", "unit": "", "schema": 1, "values": {"down": "0", "known": "0", "amount": "179.4", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {}, "disputed": [["energy", "2026-01-01", "2026-02-01"]], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["energy", "fee", "minimum", "rebate"], "version": 1}], "held_apart": [{"net": "79.40", "first": "2026-01-01", "charge": "energy", "dispute": 1, "after_last": "2026-02-01", "accepted_by": "finance"}], "whole_period": "2026-01-01/2026-02-01"}	t
1	3	3	2	3	3	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"hours": {"rule": "prepaid", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"hours": {"rule": {"kind": "prepaid", "unit": "machine_hour", "schema": 1, "values": {"left": {"block 1": "168"}}, "arithmetic": 2}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["hours"], "version": 3}], "whole_period": "2026-01-01/2026-02-01"}	t
1	4	4	3	4	4	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"level": {"rule": "per_unit", "arithmetic": 1}, "demand": {"rule": "demand", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["53.5"]}, "arithmetic": 1}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["demand", "level"], "version": 4}], "whole_period": "2026-01-01/2026-02-01"}	t
1	5	5	2	5	5	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"hours": {"rule": "commitment", "arithmetic": 2}, "energy": {"rule": "take_or_pay", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"hours": {"rule": {"per": "quarter", "kind": "commitment", "unit": "machine_hour", "schema": 1, "values": {"quarter": {"used": "62", "window": "2026-01-01", "made_up": "0"}}, "arithmetic": 2}}, "energy": {"rule": {"per": "year", "kind": "take_or_pay", "unit": "kWh", "schema": 1, "values": {"used": "122", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["energy", "hours"], "version": 5}], "whole_period": "2026-01-01/2026-02-01"}	t
1	6	6	2	6	6	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"air": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["air"], "version": 6}], "whole_period": "2026-01-01/2026-02-01"}	t
1	7	7	3	7	7	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "energy": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["energy", "fee"], "version": 7}], "whole_period": "2026-01-01/2026-02-01"}	t
1	8	9	2	8	8	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"air": {"rule": "volume", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["air"], "version": 9}], "whole_period": "2026-01-01/2026-02-01"}	t
1	9	10	2	9	9	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"share": {"rule": "savings_share", "arithmetic": 2}, "guarantee": {"rule": "savings_guarantee", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"share": {"rule": {"per": "quarter", "kind": "savings_share", "unit": "kWh", "schema": 1, "values": {"within": {"saved": "17005", "billed": "150", "window": "2026-01-01", "verified": "1632.48"}}, "currency": "EUR", "arithmetic": 2}}, "guarantee": {"rule": {"per": "quarter", "kind": "savings_guarantee", "unit": "kWh", "schema": 1, "values": {"within": {"saved": "17005", "window": "2026-01-01"}}, "currency": "EUR", "arithmetic": 2}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["guarantee", "share"], "version": 10}], "whole_period": "2026-01-01/2026-02-01"}	t
1	10	2	3	10	10	\N	2026-01-01	2026-02-01	9	2026-02-02 06:00:00+00	{"index": [], "rules": {"rent": {"rule": "fixed_fee", "arithmetic": 1}, "parts": {"rule": "matrix", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["parts"], "version": 2}, {"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["rent"], "version": 2}], "whole_period": "2026-01-01/2026-02-01"}	t
1	11	1	2	11	11	\N	2026-02-01	2026-03-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "energy": {"rule": "graduated", "arithmetic": 1}, "rebate": {"rule": "discount", "arithmetic": 2}, "minimum": {"rule": "minimum_spend", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "256", "window": "2026-01-01"}, "arithmetic": 1}}, "minimum": {"rule": {"per": "quarter", "kind": "minimum_spend", "unit": "", "schema": 1, "values": {"down": "0", "known": "0", "amount": "296.2", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "164", "window": "2026-01-01"}, "arithmetic": 1}}, "minimum": {"rule": {"per": "quarter", "kind": "minimum_spend", "unit": "", "schema": 1, "values": {"down": "0", "known": "0", "amount": "177.8", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["energy", "fee", "minimum", "rebate"], "version": 1}], "whole_period": "2026-02-01/2026-03-01"}	t
1	12	1	2	2	11	\N	2026-01-01	2026-02-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "energy": {"rule": "graduated", "arithmetic": 1}, "rebate": {"rule": "discount", "arithmetic": 2}, "minimum": {"rule": "minimum_spend", "arithmetic": 2}}, "number": "2026-000002", "schema": 2, "tzdata": "2026f", "batches": [10], "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}, {"reason": "meter doubted", "dispute": 1, "outcome": "due", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "finance"}], "closing": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "164", "window": "2026-01-01"}, "arithmetic": 1}}, "minimum": {"rule": {"per": "quarter", "kind": "minimum_spend", "unit": "", "schema": 1, "values": {"down": "0", "known": "0", "amount": "177.8", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["energy", "fee", "minimum", "rebate"], "version": 1}], "whole_period": "2026-01-01/2026-02-01"}	t
1	13	2	3	12	12	\N	2026-02-01	2026-03-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"rent": {"rule": "fixed_fee", "arithmetic": 1}, "parts": {"rule": "matrix", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["parts"], "version": 2}, {"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["rent"], "version": 2}], "whole_period": "2026-02-01/2026-03-01"}	t
1	14	3	2	13	13	\N	2026-02-01	2026-03-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"hours": {"rule": "prepaid", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"hours": {"rule": {"kind": "prepaid", "unit": "machine_hour", "schema": 1, "values": {"left": {"block 1": "106"}}, "arithmetic": 2}}}, "opening": {"hours": {"rule": {"kind": "prepaid", "unit": "machine_hour", "schema": 1, "values": {"left": {"block 1": "168"}}, "arithmetic": 2}}}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["hours"], "version": 3}], "whole_period": "2026-02-01/2026-03-01"}	t
1	15	4	3	14	14	\N	2026-02-01	2026-03-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"level": {"rule": "per_unit", "arithmetic": 1}, "demand": {"rule": "demand", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["53.5", "33.5"]}, "arithmetic": 1}}}, "opening": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["53.5"]}, "arithmetic": 1}}}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["demand", "level"], "version": 4}], "whole_period": "2026-02-01/2026-03-01"}	t
1	16	4	3	4	14	\N	2026-01-01	2026-02-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"level": {"rule": "per_unit", "arithmetic": 1}, "demand": {"rule": "demand", "arithmetic": 1}}, "number": "2026-000004", "schema": 2, "tzdata": "2026f", "batches": [10], "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}], "closing": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["53.5"]}, "arithmetic": 1}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["demand", "level"], "version": 4}], "whole_period": "2026-01-01/2026-02-01"}	t
1	17	5	2	15	15	\N	2026-02-01	2026-03-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"hours": {"rule": "commitment", "arithmetic": 2}, "energy": {"rule": "take_or_pay", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"hours": {"rule": {"per": "quarter", "kind": "commitment", "unit": "machine_hour", "schema": 1, "values": {"quarter": {"used": "124", "window": "2026-01-01", "made_up": "0"}}, "arithmetic": 2}}, "energy": {"rule": {"per": "year", "kind": "take_or_pay", "unit": "kWh", "schema": 1, "values": {"used": "156", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {"hours": {"rule": {"per": "quarter", "kind": "commitment", "unit": "machine_hour", "schema": 1, "values": {"quarter": {"used": "62", "window": "2026-01-01", "made_up": "0"}}, "arithmetic": 2}}, "energy": {"rule": {"per": "year", "kind": "take_or_pay", "unit": "kWh", "schema": 1, "values": {"used": "114", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["energy", "hours"], "version": 5}], "whole_period": "2026-02-01/2026-03-01"}	t
1	18	5	2	5	15	\N	2026-01-01	2026-02-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"hours": {"rule": "commitment", "arithmetic": 2}, "energy": {"rule": "take_or_pay", "arithmetic": 2}}, "number": "2026-000005", "schema": 2, "tzdata": "2026f", "batches": [10], "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}], "closing": {"hours": {"rule": {"per": "quarter", "kind": "commitment", "unit": "machine_hour", "schema": 1, "values": {"quarter": {"used": "62", "window": "2026-01-01", "made_up": "0"}}, "arithmetic": 2}}, "energy": {"rule": {"per": "year", "kind": "take_or_pay", "unit": "kWh", "schema": 1, "values": {"used": "114", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["energy", "hours"], "version": 5}], "whole_period": "2026-01-01/2026-02-01"}	t
1	19	6	2	16	16	\N	2026-02-01	2026-03-01	16	2026-03-02 06:00:00+00	{"index": [{"id": 3, "index": "CPI", "month": "2026-01", "value": "121.5", "provisional": true}], "rules": {"air": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["air"], "version": 6}], "whole_period": "2026-02-01/2026-03-01"}	t
1	20	7	3	17	17	\N	2026-02-01	2026-03-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "energy": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-02-15", "whole": "2026-02-01/2026-03-01", "charges": ["energy", "fee"], "version": 7}, {"days": "2026-02-15/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["energy", "fee"], "version": 11}], "whole_period": "2026-02-01/2026-03-01"}	t
1	21	7	3	7	17	\N	2026-01-01	2026-02-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "energy": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000007", "schema": 2, "tzdata": "2026f", "batches": [10], "changes": [{"kind": "import", "batch": 10, "reason": "transmitter exchanged", "source": "p5.kwh.csv", "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}, {"reason": "second press", "version": 2, "recorded_at": "2026-02-10T06:00:00+00:00", "recorded_by": "maker"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["energy", "fee"], "version": 7}], "whole_period": "2026-01-01/2026-02-01"}	t
1	22	9	2	18	18	\N	2026-02-01	2026-03-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"air": {"rule": "volume", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["air"], "version": 9}], "whole_period": "2026-02-01/2026-03-01"}	t
1	23	10	2	19	19	\N	2026-02-01	2026-03-01	16	2026-03-02 06:00:00+00	{"index": [], "rules": {"share": {"rule": "savings_share", "arithmetic": 2}, "guarantee": {"rule": "savings_guarantee", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"share": {"rule": {"per": "quarter", "kind": "savings_share", "unit": "kWh", "schema": 1, "values": {"within": {"saved": "31722", "billed": "300", "window": "2026-01-01", "verified": "3045.312"}}, "currency": "EUR", "arithmetic": 2}}, "guarantee": {"rule": {"per": "quarter", "kind": "savings_guarantee", "unit": "kWh", "schema": 1, "values": {"within": {"saved": "31722", "window": "2026-01-01"}}, "currency": "EUR", "arithmetic": 2}}}, "opening": {"share": {"rule": {"per": "quarter", "kind": "savings_share", "unit": "kWh", "schema": 1, "values": {"within": {"saved": "17005", "billed": "150", "window": "2026-01-01", "verified": "1632.48"}}, "currency": "EUR", "arithmetic": 2}}, "guarantee": {"rule": {"per": "quarter", "kind": "savings_guarantee", "unit": "kWh", "schema": 1, "values": {"within": {"saved": "17005", "window": "2026-01-01"}}, "currency": "EUR", "arithmetic": 2}}}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["guarantee", "share"], "version": 10}], "whole_period": "2026-02-01/2026-03-01"}	t
1	24	1	2	20	20	\N	2026-03-01	2026-04-01	22	2026-04-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "energy": {"rule": "graduated", "arithmetic": 1}, "rebate": {"rule": "discount", "arithmetic": 2}, "minimum": {"rule": "minimum_spend", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "384", "window": "2026-01-01"}, "arithmetic": 1}}}, "opening": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "256", "window": "2026-01-01"}, "arithmetic": 1}}, "minimum": {"rule": {"per": "quarter", "kind": "minimum_spend", "unit": "", "schema": 1, "values": {"down": "0", "known": "0", "amount": "296.2", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["energy", "fee", "minimum", "rebate"], "version": 1}], "whole_period": "2026-03-01/2026-04-01"}	t
1	25	2	3	21	21	\N	2026-03-01	2026-04-01	22	2026-04-02 06:00:00+00	{"index": [], "rules": {"rent": {"rule": "fixed_fee", "arithmetic": 1}, "parts": {"rule": "matrix", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["parts"], "version": 2}, {"days": "2026-04-01/2026-05-01", "whole": "2026-04-01/2026-05-01", "charges": ["rent"], "version": 2}], "whole_period": "2026-03-01/2026-04-01"}	t
1	26	3	2	22	22	\N	2026-03-01	2026-04-01	22	2026-04-02 06:00:00+00	{"index": [], "rules": {"hours": {"rule": "prepaid", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"hours": {"rule": {"kind": "prepaid", "unit": "machine_hour", "schema": 1, "values": {"left": {"block 1": "44"}}, "arithmetic": 2}}}, "opening": {"hours": {"rule": {"kind": "prepaid", "unit": "machine_hour", "schema": 1, "values": {"left": {"block 1": "106"}}, "arithmetic": 2}}}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["hours"], "version": 3}], "whole_period": "2026-03-01/2026-04-01"}	t
1	27	4	3	23	23	\N	2026-03-01	2026-04-01	22	2026-04-02 06:00:00+00	{"index": [], "rules": {"level": {"rule": "per_unit", "arithmetic": 1}, "demand": {"rule": "demand", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["53.5", "33.5", "42.5"]}, "arithmetic": 1}}}, "opening": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["53.5", "33.5"]}, "arithmetic": 1}}}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["demand", "level"], "version": 4}], "whole_period": "2026-03-01/2026-04-01"}	t
1	28	5	2	24	24	\N	2026-03-01	2026-04-01	22	2026-04-02 06:00:00+00	{"index": [], "rules": {"hours": {"rule": "commitment", "arithmetic": 2}, "energy": {"rule": "take_or_pay", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"energy": {"rule": {"per": "year", "kind": "take_or_pay", "unit": "kWh", "schema": 1, "values": {"used": "234", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {"hours": {"rule": {"per": "quarter", "kind": "commitment", "unit": "machine_hour", "schema": 1, "values": {"quarter": {"used": "124", "window": "2026-01-01", "made_up": "0"}}, "arithmetic": 2}}, "energy": {"rule": {"per": "year", "kind": "take_or_pay", "unit": "kWh", "schema": 1, "values": {"used": "156", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "disputed": [["energy", "2026-02-01", "2026-03-01"]], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["energy", "hours"], "version": 5}], "whole_period": "2026-03-01/2026-04-01"}	t
1	29	5	2	5	24	\N	2026-01-01	2026-02-01	22	2026-04-02 06:00:00+00	{"index": [], "rules": {"hours": {"rule": "commitment", "arithmetic": 2}, "energy": {"rule": "take_or_pay", "arithmetic": 2}}, "number": "2026-000005", "schema": 2, "tzdata": "2026f", "changes": [{"reason": "meter doubted", "dispute": 3, "outcome": "waived", "recorded_at": "2026-03-20T06:00:00+00:00", "recorded_by": "finance"}], "closing": {"hours": {"rule": {"per": "quarter", "kind": "commitment", "unit": "machine_hour", "schema": 1, "values": {"quarter": {"used": "62", "window": "2026-01-01", "made_up": "0"}}, "arithmetic": 2}}, "energy": {"rule": {"per": "year", "kind": "take_or_pay", "unit": "kWh", "schema": 1, "values": {"used": "114", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {}, "disputed": [["energy", "2026-02-01", "2026-03-01"]], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["energy", "hours"], "version": 5}], "whole_period": "2026-01-01/2026-02-01"}	t
1	30	5	2	15	24	\N	2026-02-01	2026-03-01	22	2026-04-02 06:00:00+00	{"index": [], "rules": {"hours": {"rule": "commitment", "arithmetic": 2}, "energy": {"rule": "take_or_pay", "arithmetic": 2}}, "number": "2026-000015", "schema": 2, "tzdata": "2026f", "changes": [{"reason": "meter doubted", "dispute": 3, "outcome": "waived", "recorded_at": "2026-03-20T06:00:00+00:00", "recorded_by": "finance"}], "closing": {"hours": {"rule": {"per": "quarter", "kind": "commitment", "unit": "machine_hour", "schema": 1, "values": {"quarter": {"used": "124", "window": "2026-01-01", "made_up": "0"}}, "arithmetic": 2}}, "energy": {"rule": {"per": "year", "kind": "take_or_pay", "unit": "kWh", "schema": 1, "values": {"used": "156", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {"hours": {"rule": {"per": "quarter", "kind": "commitment", "unit": "machine_hour", "schema": 1, "values": {"quarter": {"used": "62", "window": "2026-01-01", "made_up": "0"}}, "arithmetic": 2}}, "energy": {"rule": {"per": "year", "kind": "take_or_pay", "unit": "kWh", "schema": 1, "values": {"used": "114", "window": "2026-01-01"}, "currency": "EUR", "arithmetic": 2}}}, "disputed": [["energy", "2026-02-01", "2026-03-01"]], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["energy", "hours"], "version": 5}], "whole_period": "2026-02-01/2026-03-01"}	t
1	31	7	3	25	25	\N	2026-03-01	2026-04-01	22	2026-04-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "energy": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["energy", "fee"], "version": 11}], "whole_period": "2026-03-01/2026-04-01"}	t
1	32	10	2	26	26	\N	2026-03-01	2026-04-01	22	2026-04-03 06:00:00+00	{"index": [], "rules": {"share": {"rule": "savings_share", "arithmetic": 2}, "guarantee": {"rule": "savings_guarantee", "arithmetic": 2}}, "schema": 2, "tzdata": "2026f", "closing": {"guarantee": {"rule": {"per": "quarter", "kind": "savings_guarantee", "unit": "kWh", "schema": 1, "values": {"surplus": "5720"}, "currency": "EUR", "arithmetic": 2}}}, "opening": {"share": {"rule": {"per": "quarter", "kind": "savings_share", "unit": "kWh", "schema": 1, "values": {"within": {"saved": "31722", "billed": "300", "window": "2026-01-01", "verified": "3045.312"}}, "currency": "EUR", "arithmetic": 2}}, "guarantee": {"rule": {"per": "quarter", "kind": "savings_guarantee", "unit": "kWh", "schema": 1, "values": {"within": {"saved": "31722", "window": "2026-01-01"}}, "currency": "EUR", "arithmetic": 2}}}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["guarantee", "share"], "version": 10}], "whole_period": "2026-03-01/2026-04-01"}	f
2	33	11	5	27	27	\N	2026-01-01	2026-02-01	23	2026-02-02 06:00:00+00	{"index": [], "rules": {"energy": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["energy"], "version": 12}], "whole_period": "2026-01-01/2026-02-01"}	t
2	34	11	5	28	28	\N	2026-02-01	2026-03-01	24	2026-03-02 06:00:00+00	{"index": [], "rules": {"energy": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["energy"], "version": 12}], "whole_period": "2026-02-01/2026-03-01"}	t
3	35	17	7	29	29	\N	2026-01-01	2026-01-16	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-01-16", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 18}], "whole_period": "2026-01-01/2026-02-01"}	t
3	36	13	7	30	30	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"demand": {"rule": "demand", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["37.5"]}, "arithmetic": 1}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["demand"], "version": 14}], "whole_period": "2026-01-01/2026-02-01"}	t
3	37	14	7	31	31	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"energy": {"rule": "graduated", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "77.5", "window": "2026-01-01"}, "arithmetic": 1}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["energy"], "version": 15}], "whole_period": "2026-01-01/2026-02-01"}	t
3	38	15	7	32	32	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 16}], "whole_period": "2026-01-01/2026-02-01"}	t
3	39	16	7	33	33	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 17}], "whole_period": "2026-01-01/2026-02-01"}	t
3	40	18	7	34	34	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"heat": {"rule": "graduated", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"heat": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "200/3", "window": "2026-01-01"}, "arithmetic": 1}}}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["heat"], "version": 19}], "whole_period": "2026-01-01/2026-02-01"}	t
3	41	19	7	35	35	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [{"id": 6, "index": "prices", "month": "2025-12", "value": "100.98", "provisional": false}], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": [], "version": 20}, {"days": "2026-01-01/2026-01-15", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 20}, {"days": "2026-01-15/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 20}], "whole_period": "2026-01-01/2026-02-01"}	t
3	42	20	7	36	36	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 21}], "whole_period": "2026-01-01/2026-02-01"}	t
3	43	21	7	37	37	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 22}], "whole_period": "2026-01-01/2026-02-01"}	t
3	44	22	7	38	38	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 23}], "whole_period": "2026-01-01/2026-02-01"}	t
3	45	23	7	39	39	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 24}], "whole_period": "2026-01-01/2026-02-01"}	t
3	46	24	7	40	40	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 25}], "whole_period": "2026-01-01/2026-02-01"}	t
3	47	25	7	41	41	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 26}], "whole_period": "2026-01-01/2026-02-01"}	t
3	48	27	7	42	42	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "first": {"rule": "discount", "arithmetic": 1}, "second": {"rule": "discount", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["fee", "first", "second"], "version": 28}], "whole_period": "2026-01-01/2026-02-01"}	t
3	49	26	7	43	43	\N	2026-01-01	2026-02-01	34	2026-02-02 06:00:00+00	{"index": [], "rules": {"day": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["day"], "version": 27}], "whole_period": "2026-01-01/2026-02-01"}	t
3	50	17	7	29	44	\N	2026-01-01	2026-02-01	37	2026-02-06 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000001", "schema": 2, "tzdata": "2026f", "changes": [{"version": 2, "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 29}], "whole_period": "2026-01-01/2026-02-01"}	t
3	51	21	7	37	45	\N	2026-01-01	2026-02-01	37	2026-02-09 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000009", "schema": 2, "tzdata": "2026f", "batches": [35], "changes": [{"kind": "import", "batch": 35, "source": "w.ended.csv", "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 22}], "whole_period": "2026-01-01/2026-02-01"}	t
3	52	15	7	32	\N	32	2026-01-01	2026-02-01	38	2026-02-20 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000004", "schema": 2, "tzdata": "2026f", "changes": [{"reason": "another address", "version": 2, "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-01-25", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 16}, {"days": "2026-01-25/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 30}], "whole_period": "2026-01-01/2026-02-01"}	t
3	53	16	7	33	46	\N	2026-01-01	2026-02-01	38	2026-02-20 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000005", "schema": 2, "tzdata": "2026f", "changes": [{"reason": "another address", "version": 2, "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-01-15", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 17}, {"days": "2026-01-15/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 31}], "whole_period": "2026-01-01/2026-02-01"}	t
3	54	24	7	40	47	\N	2026-01-01	2026-02-01	38	2026-02-20 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000012", "schema": 2, "tzdata": "2026f", "batches": [36], "changes": [{"kind": "import", "batch": 36, "source": "w.counter.csv", "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 25}], "whole_period": "2026-01-01/2026-02-01"}	t
3	55	21	7	37	48	\N	2026-01-01	2026-02-01	38	2026-02-23 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000009", "schema": 2, "tzdata": "2026f", "batches": [38], "changes": [{"kind": "import", "batch": 38, "reason": "counted twice", "source": "w.ended.csv", "recorded_at": "2026-02-09T06:00:00+00:00", "recorded_by": "west"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 22}], "whole_period": "2026-01-01/2026-02-01"}	t
3	56	13	7	49	49	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"demand": {"rule": "demand", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["37.5", "34.5"]}, "arithmetic": 1}}}, "opening": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["37.5"]}, "arithmetic": 1}}}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["demand"], "version": 14}], "whole_period": "2026-02-01/2026-03-01"}	t
3	57	14	7	50	50	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"energy": {"rule": "graduated", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "146", "window": "2026-01-01"}, "arithmetic": 1}}}, "opening": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "77.5", "window": "2026-01-01"}, "arithmetic": 1}}}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["energy"], "version": 15}], "whole_period": "2026-02-01/2026-03-01"}	t
3	58	15	7	51	51	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 30}], "whole_period": "2026-02-01/2026-03-01"}	t
3	59	16	7	52	52	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 31}], "whole_period": "2026-02-01/2026-03-01"}	t
3	60	17	7	53	53	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 29}], "whole_period": "2026-02-01/2026-03-01"}	t
3	61	18	7	54	54	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"heat": {"rule": "graduated", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"heat": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "400/3", "window": "2026-01-01"}, "arithmetic": 1}}}, "opening": {"heat": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "200/3", "window": "2026-01-01"}, "arithmetic": 1}}}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["heat"], "version": 19}], "whole_period": "2026-02-01/2026-03-01"}	t
3	62	19	7	55	55	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [{"id": 6, "index": "prices", "month": "2025-12", "value": "100.98", "provisional": false}, {"id": 7, "index": "prices", "month": "2026-01", "value": "103.02", "provisional": false}], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": [], "version": 20}, {"days": "2026-02-01/2026-02-15", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 20}, {"days": "2026-02-15/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 20}], "whole_period": "2026-02-01/2026-03-01"}	t
3	63	20	7	56	56	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [["use", "2026-02-01", "2026-03-01"]], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 21}], "held_apart": [{"net": "36.00", "first": "2026-02-01", "charge": "use", "dispute": 4, "after_last": "2026-03-01", "accepted_by": "west office"}], "whole_period": "2026-02-01/2026-03-01"}	t
3	64	23	7	57	57	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 24}], "whole_period": "2026-02-01/2026-03-01"}	t
3	65	23	7	39	57	\N	2026-01-01	2026-02-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000011", "schema": 2, "tzdata": "2026f", "batches": [37, 41], "changes": [{"kind": "import", "batch": 37, "source": "w.line.csv", "recorded_at": "2026-02-05T06:00:00+00:00", "recorded_by": "west"}, {"kind": "import", "batch": 41, "source": "w.line.csv", "recorded_at": "2026-02-28T06:00:00+00:00", "recorded_by": "west"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 24}], "whole_period": "2026-01-01/2026-02-01"}	t
3	66	24	7	58	58	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 25}], "whole_period": "2026-02-01/2026-03-01"}	t
3	67	25	7	59	59	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 26}], "whole_period": "2026-02-01/2026-03-01"}	t
3	68	27	7	60	60	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "first": {"rule": "discount", "arithmetic": 1}, "second": {"rule": "discount", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["fee", "first", "second"], "version": 28}], "whole_period": "2026-02-01/2026-03-01"}	t
3	69	26	7	61	61	\N	2026-02-01	2026-03-01	44	2026-03-02 06:00:00+00	{"index": [], "rules": {"day": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["day"], "version": 27}], "whole_period": "2026-02-01/2026-03-01"}	t
3	70	13	7	62	62	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"demand": {"rule": "demand", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"demand": {"rule": {"kind": "demand", "unit": "MW", "schema": 1, "values": {"peaks": ["0.0375", "0.0345", "0.0315"]}, "arithmetic": 1}}}, "opening": {"demand": {"rule": {"kind": "demand", "unit": "kW", "schema": 1, "values": {"peaks": ["37.5", "34.5"]}, "arithmetic": 1}}}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["demand"], "version": 32}], "whole_period": "2026-03-01/2026-04-01"}	t
3	71	14	7	63	63	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"power": {"rule": "graduated", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"power": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "205.5", "window": "2026-01-01"}, "arithmetic": 1}}}, "opening": {"energy": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "146", "window": "2026-01-01"}, "arithmetic": 1}}}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["power"], "version": 33}], "whole_period": "2026-03-01/2026-04-01"}	t
3	72	18	7	64	64	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"heat": {"rule": "graduated", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {"heat": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "200", "window": "2026-01-01"}, "arithmetic": 1}}}, "opening": {"heat": {"rule": {"per": "year", "kind": "graduated", "unit": "kWh", "schema": 1, "values": {"used": "400/3", "window": "2026-01-01"}, "arithmetic": 1}}}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["heat"], "version": 19}], "whole_period": "2026-03-01/2026-04-01"}	t
3	73	19	7	65	65	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [{"id": 6, "index": "prices", "month": "2025-12", "value": "101.97", "provisional": false}, {"id": 7, "index": "prices", "month": "2026-01", "value": "104.03", "provisional": false}, {"id": 8, "index": "prices", "month": "2026-02", "value": "105.06", "provisional": false}], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": [], "version": 20}, {"days": "2026-03-01/2026-03-15", "whole": "2026-03-01/2026-04-01", "charges": ["use"], "version": 20}, {"days": "2026-03-15/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["use"], "version": 20}], "whole_period": "2026-03-01/2026-04-01"}	t
3	74	19	7	35	65	\N	2026-01-01	2026-02-01	51	2026-04-01 06:00:00+00	{"index": [{"id": 6, "index": "prices", "month": "2025-12", "value": "101.97", "provisional": false}], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000007", "schema": 2, "tzdata": "2026f", "changes": [{"now": "old prices×1.03", "was": "old prices×1.02", "fact": "index", "about": "links"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": [], "version": 20}, {"days": "2026-01-01/2026-01-15", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 20}, {"days": "2026-01-15/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 20}], "whole_period": "2026-01-01/2026-02-01"}	t
3	75	19	7	55	65	\N	2026-02-01	2026-03-01	51	2026-04-01 06:00:00+00	{"index": [{"id": 6, "index": "prices", "month": "2025-12", "value": "101.97", "provisional": false}, {"id": 7, "index": "prices", "month": "2026-01", "value": "104.03", "provisional": false}], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000027", "schema": 2, "tzdata": "2026f", "changes": [{"now": "old prices×1.03", "was": "old prices×1.02", "fact": "index", "about": "links"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": [], "version": 20}, {"days": "2026-02-01/2026-02-15", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 20}, {"days": "2026-02-15/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 20}], "whole_period": "2026-02-01/2026-03-01"}	t
3	76	20	7	66	66	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [["use", "2026-02-01", "2026-03-01"]], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["use"], "version": 21}], "whole_period": "2026-03-01/2026-04-01"}	t
3	77	23	7	67	67	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["use"], "version": 24}], "whole_period": "2026-03-01/2026-04-01"}	t
3	78	23	7	57	67	\N	2026-02-01	2026-03-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000029", "schema": 2, "tzdata": "2026f", "batches": [47], "changes": [{"kind": "import", "batch": 47, "source": "w.line.csv", "recorded_at": "2026-03-31T06:00:00+00:00", "recorded_by": "west"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-02-01/2026-03-01", "whole": "2026-02-01/2026-03-01", "charges": ["use"], "version": 24}], "whole_period": "2026-02-01/2026-03-01"}	t
3	79	24	7	68	68	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["use"], "version": 25}], "whole_period": "2026-03-01/2026-04-01"}	t
3	80	25	7	69	69	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["use"], "version": 26}], "whole_period": "2026-03-01/2026-04-01"}	t
3	81	27	7	70	70	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"fee": {"rule": "fixed_fee", "arithmetic": 1}, "first": {"rule": "discount", "arithmetic": 1}, "second": {"rule": "discount", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["fee", "first", "second"], "version": 28}], "whole_period": "2026-03-01/2026-04-01"}	t
3	82	26	7	71	71	\N	2026-03-01	2026-04-01	51	2026-04-01 06:00:00+00	{"index": [], "rules": {"day": {"rule": "per_unit", "arithmetic": 1}}, "schema": 2, "tzdata": "2026f", "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-03-01/2026-04-01", "whole": "2026-03-01/2026-04-01", "charges": ["day"], "version": 27}], "whole_period": "2026-03-01/2026-04-01"}	t
3	83	21	7	37	72	\N	2026-01-01	2026-02-01	52	2026-04-03 06:00:00+00	{"index": [], "rules": {"use": {"rule": "per_unit", "arithmetic": 1}}, "number": "2026-000009", "schema": 2, "tzdata": "2026f", "batches": [51], "changes": [{"kind": "import", "batch": 51, "source": "w.ended.csv", "recorded_at": "2026-03-31T06:00:00+00:00", "recorded_by": "west"}], "closing": {}, "opening": {}, "disputed": [], "stretches": [{"days": "2026-01-01/2026-02-01", "whole": "2026-01-01/2026-02-01", "charges": ["use"], "version": 22}], "whole_period": "2026-01-01/2026-02-01"}	f
\.
copy public."rating_source" ("tenant", "source", "subject", "rating_id", "start", "about", "end", "token") from stdin;
1	disputes	1	2	-infinity	2026-03-01	infinity	1:open
1	disputes	1	11	-infinity	2026-04-01	infinity	1:due
1	disputes	1	12	-infinity	2026-03-01	infinity	1:due
1	disputes	1	24	-infinity	2026-05-01	infinity	1:due
1	disputes	2	1	-infinity	2026-02-01	infinity	
1	disputes	2	10	-infinity	2026-03-01	infinity	
1	disputes	2	13	-infinity	2026-04-01	infinity	
1	disputes	2	25	-infinity	2026-05-01	infinity	
1	disputes	3	3	-infinity	2026-03-01	infinity	
1	disputes	3	14	-infinity	2026-04-01	infinity	
1	disputes	3	26	-infinity	2026-05-01	infinity	
1	disputes	4	4	-infinity	2026-03-01	infinity	
1	disputes	4	15	-infinity	2026-04-01	infinity	
1	disputes	4	16	-infinity	2026-03-01	infinity	
1	disputes	4	27	-infinity	2026-05-01	infinity	
1	disputes	5	5	-infinity	2026-03-01	infinity	
1	disputes	5	17	-infinity	2026-04-01	infinity	
1	disputes	5	18	-infinity	2026-03-01	infinity	
1	disputes	5	28	-infinity	2026-05-01	infinity	3:waived
1	disputes	5	29	-infinity	2026-03-01	infinity	3:waived
1	disputes	5	30	-infinity	2026-04-01	infinity	3:waived
1	disputes	6	6	-infinity	2026-03-01	infinity	
1	disputes	6	19	-infinity	2026-04-01	infinity	
1	disputes	7	7	-infinity	2026-03-01	infinity	
1	disputes	7	20	-infinity	2026-04-01	infinity	
1	disputes	7	21	-infinity	2026-03-01	infinity	
1	disputes	7	31	-infinity	2026-05-01	infinity	
1	disputes	9	8	-infinity	2026-03-01	infinity	
1	disputes	9	22	-infinity	2026-04-01	infinity	
1	disputes	10	9	-infinity	2026-03-01	infinity	
1	disputes	10	23	-infinity	2026-04-01	infinity	
1	disputes	10	32	-infinity	2026-05-01	infinity	
1	index	1	19	-infinity	2026-01	infinity	3
1	readings	1	2	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	9
1	readings	1	4	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	9
1	readings	1	5	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	9
1	readings	1	7	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	9
1	readings	1	11	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	16
1	readings	1	12	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	16
1	readings	1	15	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	16
1	readings	1	16	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	16
1	readings	1	17	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	16
1	readings	1	18	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	16
1	readings	1	20	2026-01-31 23:00:00+00		2026-02-14 23:00:00+00	16
1	readings	1	20	2026-02-14 23:00:00+00		2026-02-28 23:00:00+00	16
1	readings	1	21	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	16
1	readings	1	24	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	22
1	readings	1	27	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	22
1	readings	1	28	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	22
1	readings	1	29	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	22
1	readings	1	30	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	22
1	readings	1	31	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	22
1	readings	2	3	2025-12-31 23:00:00+00		2026-01-31 23:00:00.000001+00	9
1	readings	2	5	2025-12-31 23:00:00+00		2026-01-31 23:00:00.000001+00	9
1	readings	2	14	2026-01-31 23:00:00+00		2026-02-28 23:00:00.000001+00	16
1	readings	2	17	2026-01-31 23:00:00+00		2026-02-28 23:00:00.000001+00	16
1	readings	2	18	2025-12-31 23:00:00+00		2026-01-31 23:00:00.000001+00	16
1	readings	2	26	2026-02-28 23:00:00+00		2026-03-31 22:00:00.000001+00	22
1	readings	2	28	2026-02-28 23:00:00+00		2026-03-31 22:00:00.000001+00	22
1	readings	2	29	2025-12-31 23:00:00+00		2026-01-31 23:00:00.000001+00	22
1	readings	2	30	2026-01-31 23:00:00+00		2026-02-28 23:00:00.000001+00	22
1	readings	3	4	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	9
1	readings	3	15	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	16
1	readings	3	16	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	16
1	readings	3	27	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	22
1	readings	4	10	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	9
1	readings	4	13	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	16
1	readings	4	25	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	22
1	readings	5	6	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	9
1	readings	5	8	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	9
1	readings	5	19	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	16
1	readings	5	22	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	16
1	readings	6	9	2025-12-31 23:00:00+00		2026-01-31 23:00:00.000001+00	9
1	readings	6	23	2026-01-31 23:00:00+00		2026-02-28 23:00:00.000001+00	16
1	readings	6	32	2026-02-28 23:00:00+00		2026-03-31 22:00:00.000001+00	22
1	readings	7	9	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	9
1	readings	7	23	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	16
1	readings	7	32	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	22
1	registers	1	2	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	4	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	5	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	7	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	11	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	12	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	15	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	16	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	17	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	18	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	20	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	21	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	24	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	27	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	28	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	29	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	30	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	1	31	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
1	registers	2	3	-infinity		infinity	cumulative machine_hour times 1 modulus 10000 every {} Europe/Berlin approved
1	registers	2	5	-infinity		infinity	cumulative machine_hour times 1 modulus 10000 every {} Europe/Berlin approved
1	registers	2	14	-infinity		infinity	cumulative machine_hour times 1 modulus 10000 every {} Europe/Berlin approved
1	registers	2	17	-infinity		infinity	cumulative machine_hour times 1 modulus 10000 every {} Europe/Berlin approved
1	registers	2	18	-infinity		infinity	cumulative machine_hour times 1 modulus 10000 every {} Europe/Berlin approved
1	registers	2	26	-infinity		infinity	cumulative machine_hour times 1 modulus 10000 every {} Europe/Berlin approved
1	registers	2	28	-infinity		infinity	cumulative machine_hour times 1 modulus 10000 every {} Europe/Berlin approved
1	registers	2	29	-infinity		infinity	cumulative machine_hour times 1 modulus 10000 every {} Europe/Berlin approved
1	registers	2	30	-infinity		infinity	cumulative machine_hour times 1 modulus 10000 every {} Europe/Berlin approved
1	registers	3	4	-infinity		infinity	instantaneous kW times 1 modulus every {} Europe/Berlin approved
1	registers	3	15	-infinity		infinity	instantaneous kW times 1 modulus every {} Europe/Berlin approved
1	registers	3	16	-infinity		infinity	instantaneous kW times 1 modulus every {} Europe/Berlin approved
1	registers	3	27	-infinity		infinity	instantaneous kW times 1 modulus every {} Europe/Berlin approved
1	registers	4	10	-infinity		infinity	event part times 1 modulus every {"dimensions": ["material"]} Europe/Berlin approved
1	registers	4	13	-infinity		infinity	event part times 1 modulus every {"dimensions": ["material"]} Europe/Berlin approved
1	registers	4	25	-infinity		infinity	event part times 1 modulus every {"dimensions": ["material"]} Europe/Berlin approved
1	registers	5	6	-infinity		infinity	interval m3@iso1217 times 1 modulus every 60 {} Europe/Berlin approved
1	registers	5	8	-infinity		infinity	interval m3@iso1217 times 1 modulus every 60 {} Europe/Berlin approved
1	registers	5	19	-infinity		infinity	interval m3@iso1217 times 1 modulus every 60 {} Europe/Berlin approved
1	registers	5	22	-infinity		infinity	interval m3@iso1217 times 1 modulus every 60 {} Europe/Berlin approved
1	registers	6	9	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
1	registers	6	23	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
1	registers	6	32	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
1	registers	7	9	-infinity		infinity	instantaneous degC times 1 modulus every {} Europe/Berlin approved
1	registers	7	23	-infinity		infinity	instantaneous degC times 1 modulus every {} Europe/Berlin approved
1	registers	7	32	-infinity		infinity	instantaneous degC times 1 modulus every {} Europe/Berlin approved
1	tax	0	1	-infinity	DE+|FR+|2026-01-31	infinity	AE 0 Reverse charge
1	tax	0	2	-infinity	DE+|DE|2026-01-31	infinity	S 19
1	tax	0	3	-infinity	DE+|DE|2026-01-31	infinity	S 19
1	tax	0	4	-infinity	DE+|FR+|2026-01-31	infinity	AE 0 Reverse charge
1	tax	0	5	-infinity	DE+|DE|2026-01-31	infinity	S 19
1	tax	0	6	-infinity	DE+|DE|2026-01-31	infinity	S 19
1	tax	0	7	-infinity	DE+|FR+|2026-01-31	infinity	AE 0 Reverse charge
1	tax	0	8	-infinity	DE+|DE|2026-01-31	infinity	S 19
1	tax	0	9	-infinity	DE+|DE|2026-01-31	infinity	S 19
1	tax	0	10	-infinity	DE+|FR+|2026-01-31	infinity	AE 0 Reverse charge
1	tax	0	10	-infinity	DE+|FR+|2026-02-28	infinity	AE 0 Reverse charge
1	tax	0	11	-infinity	DE+|DE|2026-02-28	infinity	S 19
1	tax	0	12	-infinity	DE+|DE|2026-01-31	infinity	S 19
1	tax	0	13	-infinity	DE+|FR+|2026-02-28	infinity	AE 0 Reverse charge
1	tax	0	13	-infinity	DE+|FR+|2026-03-31	infinity	AE 0 Reverse charge
1	tax	0	14	-infinity	DE+|DE|2026-02-28	infinity	S 19
1	tax	0	15	-infinity	DE+|FR+|2026-02-28	infinity	AE 0 Reverse charge
1	tax	0	16	-infinity	DE+|FR+|2026-01-31	infinity	AE 0 Reverse charge
1	tax	0	17	-infinity	DE+|DE|2026-02-28	infinity	S 19
1	tax	0	18	-infinity	DE+|DE|2026-01-31	infinity	S 19
1	tax	0	19	-infinity	DE+|DE|2026-02-28	infinity	S 19
1	tax	0	20	-infinity	DE+|FR+|2026-02-14	infinity	AE 0 Reverse charge
1	tax	0	20	-infinity	DE+|FR+|2026-02-28	infinity	AE 0 Reverse charge
1	tax	0	21	-infinity	DE+|FR+|2026-01-31	infinity	AE 0 Reverse charge
1	tax	0	22	-infinity	DE+|DE|2026-02-28	infinity	S 19
1	tax	0	23	-infinity	DE+|DE|2026-02-28	infinity	S 19
1	tax	0	24	-infinity	DE+|DE|2026-03-31	infinity	S 19
1	tax	0	25	-infinity	DE+|FR+|2026-03-31	infinity	AE 0 Reverse charge
1	tax	0	25	-infinity	DE+|FR+|2026-04-30	infinity	AE 0 Reverse charge
1	tax	0	26	-infinity	DE+|DE|2026-03-31	infinity	S 19
1	tax	0	27	-infinity	DE+|FR+|2026-03-31	infinity	AE 0 Reverse charge
1	tax	0	28	-infinity	DE+|DE|2026-03-31	infinity	S 19
1	tax	0	29	-infinity	DE+|DE|2026-01-31	infinity	S 19
1	tax	0	30	-infinity	DE+|DE|2026-02-28	infinity	S 19
1	tax	0	31	-infinity	DE+|FR+|2026-03-31	infinity	AE 0 Reverse charge
1	tax	0	32	-infinity	DE+|DE|2026-03-31	infinity	S 19
1	units	0	4	-infinity	kWh|kW	infinity	none: IncompatibleUnit
1	units	0	6	-infinity	m3@iso1217|m3@din1343	infinity	7284000/7920913
1	units	0	9	-infinity	degC|kWh	infinity	none: IncompatibleUnit
1	units	0	15	-infinity	kWh|kW	infinity	none: IncompatibleUnit
1	units	0	16	-infinity	kWh|kW	infinity	none: IncompatibleUnit
1	units	0	19	-infinity	m3@iso1217|m3@din1343	infinity	7284000/7920913
1	units	0	23	-infinity	degC|kWh	infinity	none: IncompatibleUnit
1	units	0	27	-infinity	kWh|kW	infinity	none: IncompatibleUnit
1	units	0	32	-infinity	degC|kWh	infinity	none: IncompatibleUnit
1	versions	1	2	-infinity	2026-03-01	infinity	1 | 5441620e31b9ec84
1	versions	1	11	-infinity	2026-04-01	infinity	1 | 5441620e31b9ec84
1	versions	1	12	-infinity	2026-03-01	infinity	1 | 5441620e31b9ec84
1	versions	1	24	-infinity	2026-05-01	infinity	1 | 5441620e31b9ec84
1	versions	2	1	-infinity	2026-02-01	infinity	2 | 5441620e31b9ec84
1	versions	2	10	-infinity	2026-03-01	infinity	2 | 5441620e31b9ec84
1	versions	2	13	-infinity	2026-04-01	infinity	2 | 5441620e31b9ec84
1	versions	2	25	-infinity	2026-05-01	infinity	2 | 5441620e31b9ec84
1	versions	3	3	-infinity	2026-03-01	infinity	3 | 5441620e31b9ec84
1	versions	3	14	-infinity	2026-04-01	infinity	3 | 5441620e31b9ec84
1	versions	3	26	-infinity	2026-05-01	infinity	3 | 5441620e31b9ec84
1	versions	4	4	-infinity	2026-03-01	infinity	4 | 5441620e31b9ec84
1	versions	4	15	-infinity	2026-04-01	infinity	4 | 5441620e31b9ec84
1	versions	4	16	-infinity	2026-03-01	infinity	4 | 5441620e31b9ec84
1	versions	4	27	-infinity	2026-05-01	infinity	4 | 5441620e31b9ec84
1	versions	5	5	-infinity	2026-03-01	infinity	5 | 5441620e31b9ec84
1	versions	5	17	-infinity	2026-04-01	infinity	5 | 5441620e31b9ec84
1	versions	5	18	-infinity	2026-03-01	infinity	5 | 5441620e31b9ec84
1	versions	5	28	-infinity	2026-05-01	infinity	5 | 5441620e31b9ec84
1	versions	5	29	-infinity	2026-03-01	infinity	5 | 5441620e31b9ec84
1	versions	5	30	-infinity	2026-04-01	infinity	5 | 5441620e31b9ec84
1	versions	6	6	-infinity	2026-03-01	infinity	6 | 5441620e31b9ec84
1	versions	6	19	-infinity	2026-04-01	infinity	6 | 5441620e31b9ec84
1	versions	7	7	-infinity	2026-03-01	infinity	7 | 5441620e31b9ec84
1	versions	7	20	-infinity	2026-04-01	infinity	7 11 | 5441620e31b9ec84
1	versions	7	21	-infinity	2026-03-01	infinity	7 11 | 5441620e31b9ec84
1	versions	7	31	-infinity	2026-05-01	infinity	7 11 | 5441620e31b9ec84
1	versions	9	8	-infinity	2026-03-01	infinity	9 | 5441620e31b9ec84
1	versions	9	22	-infinity	2026-04-01	infinity	9 | 5441620e31b9ec84
1	versions	10	9	-infinity	2026-03-01	infinity	10 | 5441620e31b9ec84
1	versions	10	23	-infinity	2026-04-01	infinity	10 | 5441620e31b9ec84
1	versions	10	32	-infinity	2026-05-01	infinity	10 | 5441620e31b9ec84
1	zones	0	1	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	2	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	3	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	4	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	5	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	6	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	7	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	8	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	9	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	10	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	10	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	11	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	12	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	13	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	13	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
1	zones	0	14	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	15	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	16	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	17	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	18	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	19	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	20	-infinity	Europe/Berlin|2026-02-01|2026-02-15	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-14T23:00:00+00:00
1	zones	0	20	-infinity	Europe/Berlin|2026-02-15|2026-03-01	infinity	2026-02-14T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	21	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	22	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	23	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	24	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
1	zones	0	25	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
1	zones	0	25	-infinity	Europe/Berlin|2026-04-01|2026-05-01	infinity	2026-03-31T22:00:00+00:00 2:00:00; 2026-04-30T22:00:00+00:00
1	zones	0	26	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
1	zones	0	27	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
1	zones	0	28	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
1	zones	0	29	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
1	zones	0	30	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
1	zones	0	31	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
1	zones	0	32	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
2	disputes	11	33	-infinity	2026-03-01	infinity	
2	disputes	11	34	-infinity	2026-04-01	infinity	
2	readings	11	33	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	23
2	readings	11	34	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	24
2	registers	11	33	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
2	registers	11	34	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
2	tax	0	33	-infinity	DE+|DE|2026-01-31	infinity	S 19
2	tax	0	34	-infinity	DE+|DE|2026-02-28	infinity	S 19
2	versions	11	33	-infinity	2026-03-01	infinity	12 | 5441620e31b9ec84
2	versions	11	34	-infinity	2026-04-01	infinity	12 | 5441620e31b9ec84
2	zones	0	33	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
2	zones	0	34	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	disputes	13	36	-infinity	2026-03-01	infinity	
3	disputes	13	56	-infinity	2026-04-01	infinity	
3	disputes	13	70	-infinity	2026-05-01	infinity	
3	disputes	14	37	-infinity	2026-03-01	infinity	
3	disputes	14	57	-infinity	2026-04-01	infinity	
3	disputes	14	71	-infinity	2026-05-01	infinity	
3	disputes	15	38	-infinity	2026-03-01	infinity	
3	disputes	15	52	-infinity	2026-03-01	infinity	
3	disputes	15	58	-infinity	2026-03-01	infinity	
3	disputes	16	39	-infinity	2026-03-01	infinity	
3	disputes	16	53	-infinity	2026-03-01	infinity	
3	disputes	16	59	-infinity	2026-03-01	infinity	
3	disputes	17	35	-infinity	2026-01-16	infinity	
3	disputes	17	50	-infinity	2026-03-01	infinity	
3	disputes	17	60	-infinity	2026-03-01	infinity	
3	disputes	18	40	-infinity	2026-03-01	infinity	
3	disputes	18	61	-infinity	2026-04-01	infinity	
3	disputes	18	72	-infinity	2026-05-01	infinity	
3	disputes	19	41	-infinity	2026-03-01	infinity	
3	disputes	19	62	-infinity	2026-04-01	infinity	
3	disputes	19	73	-infinity	2026-05-01	infinity	
3	disputes	19	74	-infinity	2026-03-01	infinity	
3	disputes	19	75	-infinity	2026-04-01	infinity	
3	disputes	20	42	-infinity	2026-03-01	infinity	
3	disputes	20	63	-infinity	2026-04-01	infinity	4:open
3	disputes	20	76	-infinity	2026-05-01	infinity	4:open
3	disputes	21	43	-infinity	2026-02-01	infinity	
3	disputes	21	51	-infinity	2026-02-01	infinity	
3	disputes	21	55	-infinity	2026-02-01	infinity	
3	disputes	21	83	-infinity	2026-02-01	infinity	
3	disputes	22	44	-infinity	2026-02-01	infinity	
3	disputes	23	45	-infinity	2026-03-01	infinity	
3	disputes	23	64	-infinity	2026-04-01	infinity	
3	disputes	23	65	-infinity	2026-03-01	infinity	
3	disputes	23	77	-infinity	2026-05-01	infinity	
3	disputes	23	78	-infinity	2026-04-01	infinity	
3	disputes	24	46	-infinity	2026-03-01	infinity	
3	disputes	24	54	-infinity	2026-03-01	infinity	
3	disputes	24	66	-infinity	2026-04-01	infinity	
3	disputes	24	79	-infinity	2026-05-01	infinity	
3	disputes	25	47	-infinity	2026-03-01	infinity	
3	disputes	25	67	-infinity	2026-04-01	infinity	
3	disputes	25	80	-infinity	2026-05-01	infinity	
3	disputes	26	49	-infinity	2026-03-01	infinity	
3	disputes	26	69	-infinity	2026-04-01	infinity	
3	disputes	26	82	-infinity	2026-05-01	infinity	
3	disputes	27	48	-infinity	2026-03-01	infinity	
3	disputes	27	68	-infinity	2026-04-01	infinity	
3	disputes	27	81	-infinity	2026-05-01	infinity	
3	holidays	0	49	-infinity	DE-NW|2025	infinity	01-01 04-18 04-21 05-01 05-29 06-09 06-19 10-03 11-01 12-25 12-26
3	holidays	0	49	-infinity	DE-NW|2026	infinity	01-01 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26
3	holidays	0	69	-infinity	DE-NW|2026	infinity	01-01 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26
3	holidays	0	82	-infinity	DE-NW|2026	infinity	01-01 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26
3	index	2	41	-infinity	2025-12	infinity	6
3	index	2	62	-infinity	2025-12	infinity	6
3	index	2	62	-infinity	2026-01	infinity	7
3	index	2	73	-infinity	2025-12	infinity	6
3	index	2	73	-infinity	2026-01	infinity	7
3	index	2	73	-infinity	2026-02	infinity	8
3	index	2	74	-infinity	2025-12	infinity	6
3	index	2	75	-infinity	2025-12	infinity	6
3	index	2	75	-infinity	2026-01	infinity	7
3	index	3	41	-infinity	2025-12	infinity	0
3	index	3	41	-infinity	links	infinity	old prices×1.02
3	index	3	62	-infinity	2025-12	infinity	0
3	index	3	62	-infinity	2026-01	infinity	0
3	index	3	62	-infinity	links	infinity	old prices×1.02
3	index	3	73	-infinity	2025-12	infinity	0
3	index	3	73	-infinity	2026-01	infinity	0
3	index	3	73	-infinity	2026-02	infinity	0
3	index	3	73	-infinity	links	infinity	old prices×1.03
3	index	3	74	-infinity	2025-12	infinity	0
3	index	3	74	-infinity	links	infinity	old prices×1.03
3	index	3	75	-infinity	2025-12	infinity	0
3	index	3	75	-infinity	2026-01	infinity	0
3	index	3	75	-infinity	links	infinity	old prices×1.03
3	readings	15	36	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	34
3	readings	15	37	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	34
3	readings	15	49	2026-01-01 00:00:00+00		2026-02-01 00:00:00+00	34
3	readings	15	56	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	44
3	readings	15	57	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	44
3	readings	15	69	2026-02-01 00:00:00+00		2026-03-01 00:00:00+00	44
3	readings	15	70	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	51
3	readings	15	71	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	51
3	readings	15	82	2026-03-01 00:00:00+00		2026-03-31 23:00:00+00	51
3	readings	16	40	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	34
3	readings	16	61	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	44
3	readings	16	72	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	51
3	readings	17	45	-infinity		infinity	34
3	readings	17	64	2026-01-20 23:00:00+00		infinity	44
3	readings	17	65	-infinity		2026-02-04 23:00:00.000001+00	44
3	readings	17	77	2026-02-20 23:00:00+00		infinity	51
3	readings	17	78	2026-01-20 23:00:00+00		2026-03-04 23:00:00.000001+00	51
3	readings	18	46	-infinity		2026-01-31 23:00:00.000001+00	34
3	readings	18	54	2025-12-29 23:00:00+00		2026-01-31 23:00:00.000001+00	38
3	readings	18	66	2026-01-20 23:00:00+00		2026-02-28 23:00:00.000001+00	44
3	readings	18	79	2026-02-20 23:00:00+00		2026-03-31 22:00:00.000001+00	51
3	readings	19	47	2025-12-31 23:00:00+00		2026-01-31 23:00:00.000001+00	34
3	readings	19	67	2026-01-31 23:00:00+00		2026-02-28 23:00:00.000001+00	44
3	readings	19	80	2026-02-28 23:00:00+00		2026-03-31 22:00:00.000001+00	51
3	readings	20	35	2025-12-31 23:00:00+00		2026-01-15 23:00:00+00	34
3	readings	20	38	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	34
3	readings	20	39	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	34
3	readings	20	41	2025-12-31 23:00:00+00		2026-01-14 23:00:00+00	34
3	readings	20	41	2026-01-14 23:00:00+00		2026-01-31 23:00:00+00	34
3	readings	20	42	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	34
3	readings	20	50	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	37
3	readings	20	52	2025-12-31 23:00:00+00		2026-01-24 23:00:00+00	38
3	readings	20	52	2026-01-24 23:00:00+00		2026-01-31 23:00:00+00	38
3	readings	20	53	2025-12-31 23:00:00+00		2026-01-14 23:00:00+00	38
3	readings	20	53	2026-01-14 23:00:00+00		2026-01-31 23:00:00+00	38
3	readings	20	58	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	44
3	readings	20	59	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	44
3	readings	20	60	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	44
3	readings	20	62	2026-01-31 23:00:00+00		2026-02-14 23:00:00+00	44
3	readings	20	62	2026-02-14 23:00:00+00		2026-02-28 23:00:00+00	44
3	readings	20	63	2026-01-31 23:00:00+00		2026-02-28 23:00:00+00	44
3	readings	20	73	2026-02-28 23:00:00+00		2026-03-14 23:00:00+00	51
3	readings	20	73	2026-03-14 23:00:00+00		2026-03-31 22:00:00+00	51
3	readings	20	74	2025-12-31 23:00:00+00		2026-01-14 23:00:00+00	51
3	readings	20	74	2026-01-14 23:00:00+00		2026-01-31 23:00:00+00	51
3	readings	20	75	2026-01-31 23:00:00+00		2026-02-14 23:00:00+00	51
3	readings	20	75	2026-02-14 23:00:00+00		2026-02-28 23:00:00+00	51
3	readings	20	76	2026-02-28 23:00:00+00		2026-03-31 22:00:00+00	51
3	readings	21	43	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	34
3	readings	21	51	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	37
3	readings	21	55	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	38
3	readings	21	83	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	52
3	readings	22	44	2025-12-31 23:00:00+00		2026-01-31 23:00:00+00	34
3	registers	15	36	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
3	registers	15	37	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
3	registers	15	49	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
3	registers	15	56	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
3	registers	15	57	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
3	registers	15	69	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
3	registers	15	70	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
3	registers	15	71	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
3	registers	15	82	-infinity		infinity	interval kWh times 1 modulus every 60 {} Europe/Berlin approved
3	registers	16	40	-infinity		infinity	interval MJ times 1 modulus every 60 {} Europe/Berlin approved
3	registers	16	61	-infinity		infinity	interval MJ times 1 modulus every 60 {} Europe/Berlin approved
3	registers	16	72	-infinity		infinity	interval MJ times 1 modulus every 60 {} Europe/Berlin approved
3	registers	17	45	-infinity		infinity	instantaneous kW times 1 modulus every {"between": "linear"} Europe/Berlin approved
3	registers	17	64	-infinity		infinity	instantaneous kW times 1 modulus every {"between": "linear"} Europe/Berlin approved
3	registers	17	65	-infinity		infinity	instantaneous kW times 1 modulus every {"between": "linear"} Europe/Berlin approved
3	registers	17	77	-infinity		infinity	instantaneous kW times 1 modulus every {"between": "linear"} Europe/Berlin approved
3	registers	17	78	-infinity		infinity	instantaneous kW times 1 modulus every {"between": "linear"} Europe/Berlin approved
3	registers	18	46	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
3	registers	18	54	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
3	registers	18	66	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
3	registers	18	79	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
3	registers	19	47	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
3	registers	19	67	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
3	registers	19	80	-infinity		infinity	cumulative kWh times 1 modulus every {} Europe/Berlin approved
3	registers	20	35	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	38	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	39	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	41	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	42	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	50	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	52	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	53	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	58	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	59	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	60	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	62	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	63	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	73	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	74	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	75	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	20	76	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	21	43	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	21	51	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	21	55	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	21	83	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	registers	22	44	-infinity		infinity	event part times 1 modulus every {} Europe/Berlin approved
3	tax	0	35	-infinity	DE+|DE|2026-01-15	infinity	S 19
3	tax	0	36	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	37	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	38	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	39	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	40	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	41	-infinity	DE+|DE|2026-01-14	infinity	S 19
3	tax	0	41	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	42	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	43	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	44	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	45	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	46	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	47	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	48	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	49	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	50	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	51	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	52	-infinity	DE+|DE|2026-01-24	infinity	S 19
3	tax	0	52	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	53	-infinity	DE+|DE|2026-01-14	infinity	S 19
3	tax	0	53	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	54	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	55	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	56	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	57	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	58	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	59	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	60	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	61	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	62	-infinity	DE+|DE|2026-02-14	infinity	S 19
3	tax	0	62	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	63	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	64	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	65	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	66	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	67	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	68	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	69	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	70	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	71	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	72	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	73	-infinity	DE+|DE|2026-03-14	infinity	S 19
3	tax	0	73	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	74	-infinity	DE+|DE|2026-01-14	infinity	S 19
3	tax	0	74	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	tax	0	75	-infinity	DE+|DE|2026-02-14	infinity	S 19
3	tax	0	75	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	76	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	77	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	78	-infinity	DE+|DE|2026-02-28	infinity	S 19
3	tax	0	79	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	80	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	81	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	82	-infinity	DE+|DE|2026-03-31	infinity	S 19
3	tax	0	83	-infinity	DE+|DE|2026-01-31	infinity	S 19
3	units	0	36	-infinity	kWh|kW	infinity	none: IncompatibleUnit
3	units	0	40	-infinity	MJ|kWh	infinity	5/18
3	units	0	49	-infinity	kWh|MWh	infinity	1/1000
3	units	0	56	-infinity	kWh|kW	infinity	none: IncompatibleUnit
3	units	0	61	-infinity	MJ|kWh	infinity	5/18
3	units	0	69	-infinity	kWh|MWh	infinity	1/1000
3	units	0	70	-infinity	kWh|kW	infinity	none: IncompatibleUnit
3	units	0	70	-infinity	kW|MW	infinity	1/1000
3	units	0	72	-infinity	MJ|kWh	infinity	5/18
3	units	0	82	-infinity	kWh|MWh	infinity	1/1000
3	versions	13	36	-infinity	2026-03-01	infinity	14 | 5441620e31b9ec84
3	versions	13	56	-infinity	2026-04-01	infinity	14 32 | 5441620e31b9ec84
3	versions	13	70	-infinity	2026-05-01	infinity	14 32 | 5441620e31b9ec84
3	versions	14	37	-infinity	2026-03-01	infinity	15 | 5441620e31b9ec84
3	versions	14	57	-infinity	2026-04-01	infinity	15 33 | 5441620e31b9ec84
3	versions	14	71	-infinity	2026-05-01	infinity	15 33 | 5441620e31b9ec84
3	versions	15	38	-infinity	2026-03-01	infinity	16 | f8d44c2cef0d4697
3	versions	15	52	-infinity	2026-03-01	infinity	16 30 | f8d44c2cef0d4697
3	versions	15	58	-infinity	2026-03-01	infinity	16 30 | f8d44c2cef0d4697
3	versions	16	39	-infinity	2026-03-01	infinity	17 | f8d44c2cef0d4697
3	versions	16	53	-infinity	2026-03-01	infinity	17 31 | f8d44c2cef0d4697
3	versions	16	59	-infinity	2026-03-01	infinity	17 31 | f8d44c2cef0d4697
3	versions	17	35	-infinity	2026-01-16	infinity	18 | 6757aed4d857bc1a
3	versions	17	50	-infinity	2026-03-01	infinity	18 29 | f8d44c2cef0d4697
3	versions	17	60	-infinity	2026-03-01	infinity	18 29 | f8d44c2cef0d4697
3	versions	18	40	-infinity	2026-03-01	infinity	19 | 5441620e31b9ec84
3	versions	18	61	-infinity	2026-04-01	infinity	19 | 5441620e31b9ec84
3	versions	18	72	-infinity	2026-05-01	infinity	19 | 5441620e31b9ec84
3	versions	19	41	-infinity	2026-03-01	infinity	20 | 5441620e31b9ec84
3	versions	19	62	-infinity	2026-04-01	infinity	20 | 5441620e31b9ec84
3	versions	19	73	-infinity	2026-05-01	infinity	20 | 5441620e31b9ec84
3	versions	19	74	-infinity	2026-03-01	infinity	20 | 5441620e31b9ec84
3	versions	19	75	-infinity	2026-04-01	infinity	20 | 5441620e31b9ec84
3	versions	20	42	-infinity	2026-03-01	infinity	21 | 5441620e31b9ec84
3	versions	20	63	-infinity	2026-04-01	infinity	21 | 5441620e31b9ec84
3	versions	20	76	-infinity	2026-05-01	infinity	21 | 5441620e31b9ec84
3	versions	21	43	-infinity	2026-02-01	infinity	22 | 727baf10082262ee
3	versions	21	51	-infinity	2026-02-01	infinity	22 | 727baf10082262ee
3	versions	21	55	-infinity	2026-02-01	infinity	22 | 727baf10082262ee
3	versions	21	83	-infinity	2026-02-01	infinity	22 | 727baf10082262ee
3	versions	22	44	-infinity	2026-02-01	infinity	23 | 727baf10082262ee
3	versions	23	45	-infinity	2026-03-01	infinity	24 | 5441620e31b9ec84
3	versions	23	64	-infinity	2026-04-01	infinity	24 | 5441620e31b9ec84
3	versions	23	65	-infinity	2026-03-01	infinity	24 | 5441620e31b9ec84
3	versions	23	77	-infinity	2026-05-01	infinity	24 | 5441620e31b9ec84
3	versions	23	78	-infinity	2026-04-01	infinity	24 | 5441620e31b9ec84
3	versions	24	46	-infinity	2026-03-01	infinity	25 | 5441620e31b9ec84
3	versions	24	54	-infinity	2026-03-01	infinity	25 | 5441620e31b9ec84
3	versions	24	66	-infinity	2026-04-01	infinity	25 | 5441620e31b9ec84
3	versions	24	79	-infinity	2026-05-01	infinity	25 | 5441620e31b9ec84
3	versions	25	47	-infinity	2026-03-01	infinity	26 | c1e781bfef478992
3	versions	25	67	-infinity	2026-04-01	infinity	26 | c1e781bfef478992
3	versions	25	80	-infinity	2026-05-01	infinity	26 | c1e781bfef478992
3	versions	26	49	-infinity	2026-03-01	infinity	27 | 5441620e31b9ec84
3	versions	26	69	-infinity	2026-04-01	infinity	27 | 5441620e31b9ec84
3	versions	26	82	-infinity	2026-05-01	infinity	27 | 5441620e31b9ec84
3	versions	27	48	-infinity	2026-03-01	infinity	28 | c1e781bfef478992
3	versions	27	68	-infinity	2026-04-01	infinity	28 | c1e781bfef478992
3	versions	27	81	-infinity	2026-05-01	infinity	28 | c1e781bfef478992
3	zones	0	35	-infinity	Europe/Berlin|2026-01-01|2026-01-16	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-15T23:00:00+00:00
3	zones	0	36	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	37	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	38	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	39	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	40	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	41	-infinity	Europe/Berlin|2026-01-01|2026-01-15	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-14T23:00:00+00:00
3	zones	0	41	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	41	-infinity	Europe/Berlin|2026-01-15|2026-02-01	infinity	2026-01-14T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	42	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	43	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	44	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	45	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	46	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	47	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	48	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	49	-infinity	Europe/Berlin|2025-12-31|2026-02-02	infinity	2025-12-30T23:00:00+00:00 1:00:00; 2026-02-01T23:00:00+00:00
3	zones	0	49	-infinity	Europe/London|2026-01-01|2026-02-01	infinity	2026-01-01T00:00:00+00:00 0:00:00; 2026-02-01T00:00:00+00:00
3	zones	0	50	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	51	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	52	-infinity	Europe/Berlin|2026-01-01|2026-01-25	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-24T23:00:00+00:00
3	zones	0	52	-infinity	Europe/Berlin|2026-01-25|2026-02-01	infinity	2026-01-24T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	53	-infinity	Europe/Berlin|2026-01-01|2026-01-15	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-14T23:00:00+00:00
3	zones	0	53	-infinity	Europe/Berlin|2026-01-15|2026-02-01	infinity	2026-01-14T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	54	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	55	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	56	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	57	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	58	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	59	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	60	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	61	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	62	-infinity	Europe/Berlin|2026-02-01|2026-02-15	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-14T23:00:00+00:00
3	zones	0	62	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	62	-infinity	Europe/Berlin|2026-02-15|2026-03-01	infinity	2026-02-14T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	63	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	64	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	65	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	66	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	67	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	68	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	69	-infinity	Europe/Berlin|2026-01-31|2026-03-02	infinity	2026-01-30T23:00:00+00:00 1:00:00; 2026-03-01T23:00:00+00:00
3	zones	0	69	-infinity	Europe/London|2026-02-01|2026-03-01	infinity	2026-02-01T00:00:00+00:00 0:00:00; 2026-03-01T00:00:00+00:00
3	zones	0	70	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	71	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	72	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	73	-infinity	Europe/Berlin|2026-03-01|2026-03-15	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-14T23:00:00+00:00
3	zones	0	73	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	73	-infinity	Europe/Berlin|2026-03-15|2026-04-01	infinity	2026-03-14T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	74	-infinity	Europe/Berlin|2026-01-01|2026-01-15	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-14T23:00:00+00:00
3	zones	0	74	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	74	-infinity	Europe/Berlin|2026-01-15|2026-02-01	infinity	2026-01-14T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
3	zones	0	75	-infinity	Europe/Berlin|2026-02-01|2026-02-15	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-14T23:00:00+00:00
3	zones	0	75	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	75	-infinity	Europe/Berlin|2026-02-15|2026-03-01	infinity	2026-02-14T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	76	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	77	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	78	-infinity	Europe/Berlin|2026-02-01|2026-03-01	infinity	2026-01-31T23:00:00+00:00 1:00:00; 2026-02-28T23:00:00+00:00
3	zones	0	79	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	80	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	81	-infinity	Europe/Berlin|2026-03-01|2026-04-01	infinity	2026-02-28T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-03-31T22:00:00+00:00
3	zones	0	82	-infinity	Europe/Berlin|2026-02-28|2026-04-02	infinity	2026-02-27T23:00:00+00:00 1:00:00; 2026-03-29T01:00:00+00:00 2:00:00; 2026-04-01T22:00:00+00:00
3	zones	0	82	-infinity	Europe/London|2026-03-01|2026-04-01	infinity	2026-03-01T00:00:00+00:00 0:00:00; 2026-03-29T01:00:00+00:00 1:00:00; 2026-03-31T23:00:00+00:00
3	zones	0	83	-infinity	Europe/Berlin|2026-01-01|2026-02-01	infinity	2025-12-31T23:00:00+00:00 1:00:00; 2026-01-31T23:00:00+00:00
\.
copy public."reading" ("tenant", "series", "start", "end", "batch", "line", "quality", "value") from stdin;
1	1	2026-01-04 09:00:00+00	2026-01-04 10:00:00+00	5	2	0	32.500000000000
1	1	2026-01-10 09:00:00+00	2026-01-10 10:00:00+00	5	3	0	39.500000000000
1	1	2026-01-10 09:00:00+00	2026-01-10 10:00:00+00	10	2	0	31.500000000000
1	1	2026-01-17 09:00:00+00	2026-01-17 10:00:00+00	5	4	0	46.500000000000
1	1	2026-01-24 09:00:00+00	2026-01-24 10:00:00+00	5	5	0	53.500000000000
1	1	2026-02-04 09:00:00+00	2026-02-04 10:00:00+00	12	2	0	12.500000000000
1	1	2026-02-10 09:00:00+00	2026-02-10 10:00:00+00	12	3	0	19.500000000000
1	1	2026-02-17 09:00:00+00	2026-02-17 10:00:00+00	12	4	0	26.500000000000
1	1	2026-02-24 09:00:00+00	2026-02-24 10:00:00+00	12	5	0	33.500000000000
1	1	2026-03-04 09:00:00+00	2026-03-04 10:00:00+00	17	2	0	21.500000000000
1	1	2026-03-10 09:00:00+00	2026-03-10 10:00:00+00	17	3	0	28.500000000000
1	1	2026-03-17 09:00:00+00	2026-03-17 10:00:00+00	17	4	0	35.500000000000
1	1	2026-03-24 09:00:00+00	2026-03-24 10:00:00+00	17	5	0	42.500000000000
1	2	2025-12-31 23:00:00+00	2025-12-31 23:00:00+00	6	2	0	1000.000000000000
1	2	2026-01-16 23:00:00+00	2026-01-16 23:00:00+00	6	3	0	1032.500000000000
1	2	2026-01-31 23:00:00+00	2026-01-31 23:00:00+00	6	4	0	1062.000000000000
1	2	2026-02-16 23:00:00+00	2026-02-16 23:00:00+00	13	3	0	1074.500000000000
1	2	2026-02-28 23:00:00+00	2026-02-28 23:00:00+00	13	4	0	1124.000000000000
1	2	2026-03-16 23:00:00+00	2026-03-16 23:00:00+00	18	3	0	1145.500000000000
1	2	2026-03-31 22:00:00+00	2026-03-31 22:00:00+00	18	4	0	1186.000000000000
1	3	2025-12-31 23:00:00+00	2025-12-31 23:00:00+00	7	2	0	5.000000000000
1	3	2026-01-10 11:00:00+00	2026-01-10 11:00:00+00	7	3	0	6.500000000000
1	3	2026-01-31 23:00:00+00	2026-01-31 23:00:00+00	14	2	0	6.000000000000
1	3	2026-02-10 11:00:00+00	2026-02-10 11:00:00+00	14	3	0	6.500000000000
1	3	2026-02-28 23:00:00+00	2026-02-28 23:00:00+00	19	2	0	4.000000000000
1	3	2026-03-10 11:00:00+00	2026-03-10 11:00:00+00	19	3	0	6.500000000000
1	5	2026-01-04 23:00:00+00	2026-01-05 00:00:00+00	9	2	0	21.000000000000
1	5	2026-01-05 00:00:00+00	2026-01-05 01:00:00+00	9	3	0	22.000000000000
1	5	2026-01-05 01:00:00+00	2026-01-05 02:00:00+00	9	4	0	23.000000000000
1	5	2026-01-05 02:00:00+00	2026-01-05 03:00:00+00	9	5	0	24.000000000000
1	5	2026-01-05 03:00:00+00	2026-01-05 04:00:00+00	9	6	0	25.000000000000
1	5	2026-01-05 04:00:00+00	2026-01-05 05:00:00+00	9	7	0	26.000000000000
1	5	2026-01-05 05:00:00+00	2026-01-05 06:00:00+00	9	8	0	27.000000000000
1	5	2026-01-05 06:00:00+00	2026-01-05 07:00:00+00	9	9	0	28.000000000000
1	5	2026-01-05 07:00:00+00	2026-01-05 08:00:00+00	9	10	0	29.000000000000
1	5	2026-01-05 08:00:00+00	2026-01-05 09:00:00+00	9	11	0	30.000000000000
1	5	2026-01-05 09:00:00+00	2026-01-05 10:00:00+00	9	12	0	31.000000000000
1	5	2026-01-05 10:00:00+00	2026-01-05 11:00:00+00	9	13	0	32.000000000000
1	5	2026-01-05 11:00:00+00	2026-01-05 12:00:00+00	9	14	0	33.000000000000
1	5	2026-01-05 12:00:00+00	2026-01-05 13:00:00+00	9	15	0	34.000000000000
1	5	2026-01-05 13:00:00+00	2026-01-05 14:00:00+00	9	16	0	35.000000000000
1	5	2026-01-05 14:00:00+00	2026-01-05 15:00:00+00	9	17	0	36.000000000000
1	5	2026-01-05 15:00:00+00	2026-01-05 16:00:00+00	9	18	0	37.000000000000
1	5	2026-01-05 16:00:00+00	2026-01-05 17:00:00+00	9	19	0	38.000000000000
1	5	2026-01-05 17:00:00+00	2026-01-05 18:00:00+00	9	20	0	39.000000000000
1	5	2026-01-05 18:00:00+00	2026-01-05 19:00:00+00	9	21	0	40.000000000000
1	5	2026-01-05 19:00:00+00	2026-01-05 20:00:00+00	9	22	0	41.000000000000
1	5	2026-01-05 20:00:00+00	2026-01-05 21:00:00+00	9	23	0	42.000000000000
1	5	2026-01-05 21:00:00+00	2026-01-05 22:00:00+00	9	24	0	43.000000000000
1	5	2026-01-05 22:00:00+00	2026-01-05 23:00:00+00	9	25	0	44.000000000000
1	5	2026-01-05 23:00:00+00	2026-01-06 00:00:00+00	9	26	0	21.000000000000
1	5	2026-01-06 00:00:00+00	2026-01-06 01:00:00+00	9	27	0	22.000000000000
1	5	2026-01-06 01:00:00+00	2026-01-06 02:00:00+00	9	28	0	23.000000000000
1	5	2026-01-06 02:00:00+00	2026-01-06 03:00:00+00	9	29	0	24.000000000000
1	5	2026-01-06 03:00:00+00	2026-01-06 04:00:00+00	9	30	0	25.000000000000
1	5	2026-01-06 04:00:00+00	2026-01-06 05:00:00+00	9	31	0	26.000000000000
1	5	2026-01-06 05:00:00+00	2026-01-06 06:00:00+00	9	32	0	27.000000000000
1	5	2026-01-06 06:00:00+00	2026-01-06 07:00:00+00	9	33	0	28.000000000000
1	5	2026-01-06 07:00:00+00	2026-01-06 08:00:00+00	9	34	0	29.000000000000
1	5	2026-01-06 08:00:00+00	2026-01-06 09:00:00+00	9	35	0	30.000000000000
1	5	2026-01-06 09:00:00+00	2026-01-06 10:00:00+00	9	36	0	31.000000000000
1	5	2026-01-06 10:00:00+00	2026-01-06 11:00:00+00	9	37	0	32.000000000000
1	5	2026-01-06 11:00:00+00	2026-01-06 12:00:00+00	9	38	0	33.000000000000
1	5	2026-01-06 13:00:00+00	2026-01-06 14:00:00+00	9	39	0	35.000000000000
1	5	2026-01-06 14:00:00+00	2026-01-06 15:00:00+00	9	40	0	36.000000000000
1	5	2026-01-06 15:00:00+00	2026-01-06 16:00:00+00	9	41	0	37.000000000000
1	5	2026-01-06 16:00:00+00	2026-01-06 17:00:00+00	9	42	0	38.000000000000
1	5	2026-01-06 17:00:00+00	2026-01-06 18:00:00+00	9	43	0	39.000000000000
1	5	2026-01-06 18:00:00+00	2026-01-06 19:00:00+00	9	44	0	40.000000000000
1	5	2026-01-06 19:00:00+00	2026-01-06 20:00:00+00	9	45	0	41.000000000000
1	5	2026-01-06 20:00:00+00	2026-01-06 21:00:00+00	9	46	0	42.000000000000
1	5	2026-01-06 21:00:00+00	2026-01-06 22:00:00+00	9	47	0	43.000000000000
1	5	2026-01-06 22:00:00+00	2026-01-06 23:00:00+00	9	48	0	44.000000000000
1	5	2026-01-27 09:00:00+00	2026-01-27 10:00:00+00	9	49	0	300.000000000000
1	5	2026-02-04 23:00:00+00	2026-02-05 00:00:00+00	16	2	0	22.000000000000
1	5	2026-02-05 00:00:00+00	2026-02-05 01:00:00+00	16	3	0	23.000000000000
1	5	2026-02-05 01:00:00+00	2026-02-05 02:00:00+00	16	4	0	24.000000000000
1	5	2026-02-05 02:00:00+00	2026-02-05 03:00:00+00	16	5	0	25.000000000000
1	5	2026-02-05 03:00:00+00	2026-02-05 04:00:00+00	16	6	0	26.000000000000
1	5	2026-02-05 04:00:00+00	2026-02-05 05:00:00+00	16	7	0	27.000000000000
1	5	2026-02-05 05:00:00+00	2026-02-05 06:00:00+00	16	8	0	28.000000000000
1	5	2026-02-05 06:00:00+00	2026-02-05 07:00:00+00	16	9	0	29.000000000000
1	5	2026-02-05 07:00:00+00	2026-02-05 08:00:00+00	16	10	0	30.000000000000
1	5	2026-02-05 08:00:00+00	2026-02-05 09:00:00+00	16	11	0	31.000000000000
1	5	2026-02-05 09:00:00+00	2026-02-05 10:00:00+00	16	12	0	32.000000000000
1	5	2026-02-05 10:00:00+00	2026-02-05 11:00:00+00	16	13	0	33.000000000000
1	5	2026-02-05 11:00:00+00	2026-02-05 12:00:00+00	16	14	0	34.000000000000
1	5	2026-02-05 12:00:00+00	2026-02-05 13:00:00+00	16	15	0	35.000000000000
1	5	2026-02-05 13:00:00+00	2026-02-05 14:00:00+00	16	16	0	36.000000000000
1	5	2026-02-05 14:00:00+00	2026-02-05 15:00:00+00	16	17	0	37.000000000000
1	5	2026-02-05 15:00:00+00	2026-02-05 16:00:00+00	16	18	0	38.000000000000
1	5	2026-02-05 16:00:00+00	2026-02-05 17:00:00+00	16	19	0	39.000000000000
1	5	2026-02-05 17:00:00+00	2026-02-05 18:00:00+00	16	20	0	40.000000000000
1	5	2026-02-05 18:00:00+00	2026-02-05 19:00:00+00	16	21	0	41.000000000000
1	5	2026-02-05 19:00:00+00	2026-02-05 20:00:00+00	16	22	0	42.000000000000
1	5	2026-02-05 20:00:00+00	2026-02-05 21:00:00+00	16	23	0	43.000000000000
1	5	2026-02-05 21:00:00+00	2026-02-05 22:00:00+00	16	24	0	44.000000000000
1	5	2026-02-05 22:00:00+00	2026-02-05 23:00:00+00	16	25	0	45.000000000000
1	5	2026-02-05 23:00:00+00	2026-02-06 00:00:00+00	16	26	0	22.000000000000
1	5	2026-02-06 00:00:00+00	2026-02-06 01:00:00+00	16	27	0	23.000000000000
1	5	2026-02-06 01:00:00+00	2026-02-06 02:00:00+00	16	28	0	24.000000000000
1	5	2026-02-06 02:00:00+00	2026-02-06 03:00:00+00	16	29	0	25.000000000000
1	5	2026-02-06 03:00:00+00	2026-02-06 04:00:00+00	16	30	0	26.000000000000
1	5	2026-02-06 04:00:00+00	2026-02-06 05:00:00+00	16	31	0	27.000000000000
1	5	2026-02-06 05:00:00+00	2026-02-06 06:00:00+00	16	32	0	28.000000000000
1	5	2026-02-06 06:00:00+00	2026-02-06 07:00:00+00	16	33	0	29.000000000000
1	5	2026-02-06 07:00:00+00	2026-02-06 08:00:00+00	16	34	0	30.000000000000
1	5	2026-02-06 08:00:00+00	2026-02-06 09:00:00+00	16	35	0	31.000000000000
1	5	2026-02-06 09:00:00+00	2026-02-06 10:00:00+00	16	36	0	32.000000000000
1	5	2026-02-06 10:00:00+00	2026-02-06 11:00:00+00	16	37	0	33.000000000000
1	5	2026-02-06 11:00:00+00	2026-02-06 12:00:00+00	16	38	0	34.000000000000
1	5	2026-02-06 12:00:00+00	2026-02-06 13:00:00+00	11	0	7	41.500000000000
1	5	2026-02-06 13:00:00+00	2026-02-06 14:00:00+00	16	39	0	36.000000000000
1	5	2026-02-06 14:00:00+00	2026-02-06 15:00:00+00	16	40	0	37.000000000000
1	5	2026-02-06 15:00:00+00	2026-02-06 16:00:00+00	16	41	0	38.000000000000
1	5	2026-02-06 16:00:00+00	2026-02-06 17:00:00+00	16	42	0	39.000000000000
1	5	2026-02-06 17:00:00+00	2026-02-06 18:00:00+00	16	43	0	40.000000000000
1	5	2026-02-06 18:00:00+00	2026-02-06 19:00:00+00	16	44	0	41.000000000000
1	5	2026-02-06 19:00:00+00	2026-02-06 20:00:00+00	16	45	0	42.000000000000
1	5	2026-02-06 20:00:00+00	2026-02-06 21:00:00+00	16	46	0	43.000000000000
1	5	2026-02-06 21:00:00+00	2026-02-06 22:00:00+00	16	47	0	44.000000000000
1	5	2026-02-06 22:00:00+00	2026-02-06 23:00:00+00	16	48	0	45.000000000000
1	5	2026-02-27 09:00:00+00	2026-02-27 10:00:00+00	16	49	0	300.000000000000
1	5	2026-03-04 23:00:00+00	2026-03-05 00:00:00+00	21	2	0	23.000000000000
1	5	2026-03-05 00:00:00+00	2026-03-05 01:00:00+00	21	3	0	24.000000000000
1	5	2026-03-05 01:00:00+00	2026-03-05 02:00:00+00	21	4	0	25.000000000000
1	5	2026-03-05 02:00:00+00	2026-03-05 03:00:00+00	21	5	0	26.000000000000
1	5	2026-03-05 03:00:00+00	2026-03-05 04:00:00+00	21	6	0	27.000000000000
1	5	2026-03-05 04:00:00+00	2026-03-05 05:00:00+00	21	7	0	28.000000000000
1	5	2026-03-05 05:00:00+00	2026-03-05 06:00:00+00	21	8	0	29.000000000000
1	5	2026-03-05 06:00:00+00	2026-03-05 07:00:00+00	21	9	0	30.000000000000
1	5	2026-03-05 07:00:00+00	2026-03-05 08:00:00+00	21	10	0	31.000000000000
1	5	2026-03-05 08:00:00+00	2026-03-05 09:00:00+00	21	11	0	32.000000000000
1	5	2026-03-05 09:00:00+00	2026-03-05 10:00:00+00	21	12	0	33.000000000000
1	5	2026-03-05 10:00:00+00	2026-03-05 11:00:00+00	21	13	0	34.000000000000
1	5	2026-03-05 11:00:00+00	2026-03-05 12:00:00+00	21	14	0	35.000000000000
1	5	2026-03-05 12:00:00+00	2026-03-05 13:00:00+00	21	15	0	36.000000000000
1	5	2026-03-05 13:00:00+00	2026-03-05 14:00:00+00	21	16	0	37.000000000000
1	5	2026-03-05 14:00:00+00	2026-03-05 15:00:00+00	21	17	0	38.000000000000
1	5	2026-03-05 15:00:00+00	2026-03-05 16:00:00+00	21	18	0	39.000000000000
1	5	2026-03-05 16:00:00+00	2026-03-05 17:00:00+00	21	19	0	40.000000000000
1	5	2026-03-05 17:00:00+00	2026-03-05 18:00:00+00	21	20	0	41.000000000000
1	5	2026-03-05 18:00:00+00	2026-03-05 19:00:00+00	21	21	0	42.000000000000
1	5	2026-03-05 19:00:00+00	2026-03-05 20:00:00+00	21	22	0	43.000000000000
1	5	2026-03-05 20:00:00+00	2026-03-05 21:00:00+00	21	23	0	44.000000000000
1	5	2026-03-05 21:00:00+00	2026-03-05 22:00:00+00	21	24	0	45.000000000000
1	5	2026-03-05 22:00:00+00	2026-03-05 23:00:00+00	21	25	0	46.000000000000
1	5	2026-03-05 23:00:00+00	2026-03-06 00:00:00+00	21	26	0	23.000000000000
1	5	2026-03-06 00:00:00+00	2026-03-06 01:00:00+00	21	27	0	24.000000000000
1	5	2026-03-06 01:00:00+00	2026-03-06 02:00:00+00	21	28	0	25.000000000000
1	5	2026-03-06 02:00:00+00	2026-03-06 03:00:00+00	21	29	0	26.000000000000
1	5	2026-03-06 03:00:00+00	2026-03-06 04:00:00+00	21	30	0	27.000000000000
1	5	2026-03-06 04:00:00+00	2026-03-06 05:00:00+00	21	31	0	28.000000000000
1	5	2026-03-06 05:00:00+00	2026-03-06 06:00:00+00	21	32	0	29.000000000000
1	5	2026-03-06 06:00:00+00	2026-03-06 07:00:00+00	21	33	0	30.000000000000
1	5	2026-03-06 07:00:00+00	2026-03-06 08:00:00+00	21	34	0	31.000000000000
1	5	2026-03-06 08:00:00+00	2026-03-06 09:00:00+00	21	35	0	32.000000000000
1	5	2026-03-06 09:00:00+00	2026-03-06 10:00:00+00	21	36	0	33.000000000000
1	5	2026-03-06 10:00:00+00	2026-03-06 11:00:00+00	21	37	0	34.000000000000
1	5	2026-03-06 11:00:00+00	2026-03-06 12:00:00+00	21	38	0	35.000000000000
1	5	2026-03-06 12:00:00+00	2026-03-06 13:00:00+00	22	0	9	36.000000000000
1	5	2026-03-06 13:00:00+00	2026-03-06 14:00:00+00	21	39	0	37.000000000000
1	5	2026-03-06 14:00:00+00	2026-03-06 15:00:00+00	21	40	0	38.000000000000
1	5	2026-03-06 15:00:00+00	2026-03-06 16:00:00+00	21	41	0	39.000000000000
1	5	2026-03-06 16:00:00+00	2026-03-06 17:00:00+00	21	42	0	40.000000000000
1	5	2026-03-06 17:00:00+00	2026-03-06 18:00:00+00	21	43	0	41.000000000000
1	5	2026-03-06 18:00:00+00	2026-03-06 19:00:00+00	21	44	0	42.000000000000
1	5	2026-03-06 19:00:00+00	2026-03-06 20:00:00+00	21	45	0	43.000000000000
1	5	2026-03-06 20:00:00+00	2026-03-06 21:00:00+00	21	46	0	44.000000000000
1	5	2026-03-06 21:00:00+00	2026-03-06 22:00:00+00	21	47	0	45.000000000000
1	5	2026-03-06 22:00:00+00	2026-03-06 23:00:00+00	21	48	0	46.000000000000
1	5	2026-03-27 09:00:00+00	2026-03-27 10:00:00+00	21	49	0	1000.000000000000
1	6	2025-10-31 23:00:00+00	2025-10-31 23:00:00+00	1	2	0	5000.000000000000
1	6	2025-11-01 23:00:00+00	2025-11-01 23:00:00+00	1	3	0	6427.000000000000
1	6	2025-11-02 23:00:00+00	2025-11-02 23:00:00+00	1	4	0	7708.000000000000
1	6	2025-11-03 23:00:00+00	2025-11-03 23:00:00+00	1	5	0	8945.000000000000
1	6	2025-11-04 23:00:00+00	2025-11-04 23:00:00+00	1	6	0	10147.000000000000
1	6	2025-11-05 23:00:00+00	2025-11-05 23:00:00+00	1	7	0	11644.000000000000
1	6	2025-11-06 23:00:00+00	2025-11-06 23:00:00+00	1	8	0	13106.000000000000
1	6	2025-11-07 23:00:00+00	2025-11-07 23:00:00+00	1	9	0	14524.000000000000
1	6	2025-11-08 23:00:00+00	2025-11-08 23:00:00+00	1	10	0	15796.000000000000
1	6	2025-11-09 23:00:00+00	2025-11-09 23:00:00+00	1	11	0	17024.000000000000
1	6	2025-11-10 23:00:00+00	2025-11-10 23:00:00+00	1	12	0	18667.000000000000
1	6	2025-11-11 23:00:00+00	2025-11-11 23:00:00+00	1	13	0	20155.000000000000
1	6	2025-11-12 23:00:00+00	2025-11-12 23:00:00+00	1	14	0	21608.000000000000
1	6	2025-11-13 23:00:00+00	2025-11-13 23:00:00+00	1	15	0	23017.000000000000
1	6	2025-11-14 23:00:00+00	2025-11-14 23:00:00+00	1	16	0	24271.000000000000
1	6	2025-11-15 23:00:00+00	2025-11-15 23:00:00+00	1	17	0	25940.000000000000
1	6	2025-11-16 23:00:00+00	2025-11-16 23:00:00+00	1	18	0	27565.000000000000
1	6	2025-11-17 23:00:00+00	2025-11-17 23:00:00+00	1	19	0	29044.000000000000
1	6	2025-11-18 23:00:00+00	2025-11-18 23:00:00+00	1	20	0	30479.000000000000
1	6	2025-11-19 23:00:00+00	2025-11-19 23:00:00+00	1	21	0	31870.000000000000
1	6	2025-11-20 23:00:00+00	2025-11-20 23:00:00+00	1	22	0	33565.000000000000
1	6	2025-11-21 23:00:00+00	2025-11-21 23:00:00+00	1	23	0	35216.000000000000
1	6	2025-11-22 23:00:00+00	2025-11-22 23:00:00+00	1	24	0	36823.000000000000
1	6	2025-11-23 23:00:00+00	2025-11-23 23:00:00+00	1	25	0	38284.000000000000
1	6	2025-11-24 23:00:00+00	2025-11-24 23:00:00+00	1	26	0	39701.000000000000
1	6	2025-11-25 23:00:00+00	2025-11-25 23:00:00+00	1	27	0	41524.000000000000
1	6	2025-11-26 23:00:00+00	2025-11-26 23:00:00+00	1	28	0	43201.000000000000
1	6	2025-11-27 23:00:00+00	2025-11-27 23:00:00+00	1	29	0	44834.000000000000
1	6	2025-11-28 23:00:00+00	2025-11-28 23:00:00+00	1	30	0	46423.000000000000
1	6	2025-11-29 23:00:00+00	2025-11-29 23:00:00+00	1	31	0	47857.000000000000
1	6	2025-11-30 23:00:00+00	2025-11-30 23:00:00+00	1	32	0	49697.000000000000
1	6	2025-12-01 23:00:00+00	2025-12-01 23:00:00+00	1	33	0	51502.000000000000
1	6	2025-12-02 23:00:00+00	2025-12-02 23:00:00+00	1	34	0	53152.000000000000
1	6	2025-12-03 23:00:00+00	2025-12-03 23:00:00+00	1	35	0	54758.000000000000
1	6	2025-12-04 23:00:00+00	2025-12-04 23:00:00+00	1	36	0	56320.000000000000
1	6	2025-12-05 23:00:00+00	2025-12-05 23:00:00+00	1	37	0	58177.000000000000
1	6	2025-12-06 23:00:00+00	2025-12-06 23:00:00+00	1	38	0	59989.000000000000
1	6	2025-12-07 23:00:00+00	2025-12-07 23:00:00+00	1	39	0	61758.000000000000
1	6	2025-12-08 23:00:00+00	2025-12-08 23:00:00+00	1	40	0	63372.000000000000
1	6	2025-12-09 23:00:00+00	2025-12-09 23:00:00+00	1	41	0	64942.000000000000
1	6	2025-12-10 23:00:00+00	2025-12-10 23:00:00+00	1	42	0	66918.000000000000
1	6	2025-12-11 23:00:00+00	2025-12-11 23:00:00+00	1	43	0	68738.000000000000
1	6	2025-12-12 23:00:00+00	2025-12-12 23:00:00+00	1	44	0	70515.000000000000
1	6	2025-12-13 23:00:00+00	2025-12-13 23:00:00+00	1	45	0	72248.000000000000
1	6	2025-12-14 23:00:00+00	2025-12-14 23:00:00+00	1	46	0	73826.000000000000
1	6	2025-12-15 23:00:00+00	2025-12-15 23:00:00+00	1	47	0	75810.000000000000
1	6	2025-12-16 23:00:00+00	2025-12-16 23:00:00+00	1	48	0	77749.000000000000
1	6	2025-12-17 23:00:00+00	2025-12-17 23:00:00+00	1	49	0	79534.000000000000
1	6	2025-12-18 23:00:00+00	2025-12-18 23:00:00+00	1	50	0	81275.000000000000
1	6	2025-12-19 23:00:00+00	2025-12-19 23:00:00+00	1	51	0	82972.000000000000
1	6	2025-12-20 23:00:00+00	2025-12-20 23:00:00+00	1	52	0	84955.000000000000
1	6	2025-12-21 23:00:00+00	2025-12-21 23:00:00+00	1	53	0	86894.000000000000
1	6	2025-12-22 23:00:00+00	2025-12-22 23:00:00+00	1	54	0	88788.000000000000
1	6	2025-12-23 23:00:00+00	2025-12-23 23:00:00+00	1	55	0	90528.000000000000
1	6	2025-12-24 23:00:00+00	2025-12-24 23:00:00+00	1	56	0	92215.000000000000
1	6	2025-12-25 23:00:00+00	2025-12-25 23:00:00+00	1	57	0	94308.000000000000
1	6	2025-12-26 23:00:00+00	2025-12-26 23:00:00+00	1	58	0	96246.000000000000
1	6	2025-12-27 23:00:00+00	2025-12-27 23:00:00+00	1	59	0	98131.000000000000
1	6	2025-12-28 23:00:00+00	2025-12-28 23:00:00+00	1	60	0	99972.000000000000
1	6	2025-12-29 23:00:00+00	2025-12-29 23:00:00+00	1	61	0	101658.000000000000
1	6	2025-12-30 23:00:00+00	2025-12-30 23:00:00+00	1	62	0	103741.000000000000
1	6	2025-12-31 23:00:00+00	2025-12-31 23:00:00+00	3	2	0	105780.000000000000
1	6	2026-01-01 23:00:00+00	2026-01-01 23:00:00+00	3	3	0	107130.000000000000
1	6	2026-01-02 23:00:00+00	2026-01-02 23:00:00+00	3	4	0	108448.000000000000
1	6	2026-01-03 23:00:00+00	2026-01-03 23:00:00+00	3	5	0	109728.000000000000
1	6	2026-01-04 23:00:00+00	2026-01-04 23:00:00+00	3	6	0	111220.000000000000
1	6	2026-01-05 23:00:00+00	2026-01-05 23:00:00+00	3	7	0	112674.000000000000
1	6	2026-01-06 23:00:00+00	2026-01-06 23:00:00+00	3	8	0	114090.000000000000
1	6	2026-01-07 23:00:00+00	2026-01-07 23:00:00+00	3	9	0	115394.000000000000
1	6	2026-01-08 23:00:00+00	2026-01-08 23:00:00+00	3	10	0	116660.000000000000
1	6	2026-01-09 23:00:00+00	2026-01-09 23:00:00+00	3	11	0	118212.000000000000
1	6	2026-01-10 23:00:00+00	2026-01-10 23:00:00+00	3	12	0	119652.000000000000
1	6	2026-01-11 23:00:00+00	2026-01-11 23:00:00+00	3	13	0	121054.000000000000
1	6	2026-01-12 23:00:00+00	2026-01-12 23:00:00+00	3	14	0	122418.000000000000
1	6	2026-01-13 23:00:00+00	2026-01-13 23:00:00+00	3	15	0	123664.000000000000
1	6	2026-01-14 23:00:00+00	2026-01-14 23:00:00+00	3	16	0	125202.000000000000
1	6	2026-01-15 23:00:00+00	2026-01-15 23:00:00+00	3	17	0	126702.000000000000
1	6	2026-01-16 23:00:00+00	2026-01-16 23:00:00+00	3	18	0	128084.000000000000
1	6	2026-01-17 23:00:00+00	2026-01-17 23:00:00+00	3	19	0	129428.000000000000
1	6	2026-01-18 23:00:00+00	2026-01-18 23:00:00+00	3	20	0	130734.000000000000
1	6	2026-01-19 23:00:00+00	2026-01-19 23:00:00+00	3	21	0	132246.000000000000
1	6	2026-01-20 23:00:00+00	2026-01-20 23:00:00+00	3	22	0	133719.000000000000
1	6	2026-01-21 23:00:00+00	2026-01-21 23:00:00+00	3	23	0	135154.000000000000
1	6	2026-01-22 23:00:00+00	2026-01-22 23:00:00+00	3	24	0	136471.000000000000
1	6	2026-01-23 23:00:00+00	2026-01-23 23:00:00+00	3	25	0	137750.000000000000
1	6	2026-01-24 23:00:00+00	2026-01-24 23:00:00+00	3	26	0	139315.000000000000
1	6	2026-01-25 23:00:00+00	2026-01-25 23:00:00+00	3	27	0	140762.000000000000
1	6	2026-01-26 23:00:00+00	2026-01-26 23:00:00+00	3	28	0	142171.000000000000
1	6	2026-01-27 23:00:00+00	2026-01-27 23:00:00+00	3	29	0	143535.000000000000
1	6	2026-01-28 23:00:00+00	2026-01-28 23:00:00+00	3	30	0	144781.000000000000
1	6	2026-01-29 23:00:00+00	2026-01-29 23:00:00+00	3	31	0	146313.000000000000
1	6	2026-01-30 23:00:00+00	2026-01-30 23:00:00+00	3	32	0	147807.000000000000
1	6	2026-01-31 23:00:00+00	2026-01-31 23:00:00+00	3	33	0	149176.000000000000
1	6	2026-02-01 23:00:00+00	2026-02-01 23:00:00+00	3	34	0	150507.000000000000
1	6	2026-02-02 23:00:00+00	2026-02-02 23:00:00+00	3	35	0	151800.000000000000
1	6	2026-02-03 23:00:00+00	2026-02-03 23:00:00+00	3	36	0	153292.000000000000
1	6	2026-02-04 23:00:00+00	2026-02-04 23:00:00+00	3	37	0	154746.000000000000
1	6	2026-02-05 23:00:00+00	2026-02-05 23:00:00+00	3	38	0	156162.000000000000
1	6	2026-02-06 23:00:00+00	2026-02-06 23:00:00+00	3	39	0	157453.000000000000
1	6	2026-02-07 23:00:00+00	2026-02-07 23:00:00+00	3	40	0	158706.000000000000
1	6	2026-02-08 23:00:00+00	2026-02-08 23:00:00+00	3	41	0	160238.000000000000
1	6	2026-02-09 23:00:00+00	2026-02-09 23:00:00+00	3	42	0	161652.000000000000
1	6	2026-02-10 23:00:00+00	2026-02-10 23:00:00+00	3	43	0	163022.000000000000
1	6	2026-02-11 23:00:00+00	2026-02-11 23:00:00+00	3	44	0	164353.000000000000
1	6	2026-02-12 23:00:00+00	2026-02-12 23:00:00+00	3	45	0	165560.000000000000
1	6	2026-02-13 23:00:00+00	2026-02-13 23:00:00+00	3	46	0	167046.000000000000
1	6	2026-02-14 23:00:00+00	2026-02-14 23:00:00+00	3	47	0	168494.000000000000
1	6	2026-02-15 23:00:00+00	2026-02-15 23:00:00+00	3	48	0	169818.000000000000
1	6	2026-02-16 23:00:00+00	2026-02-16 23:00:00+00	3	49	0	171097.000000000000
1	6	2026-02-17 23:00:00+00	2026-02-17 23:00:00+00	3	50	0	172338.000000000000
1	6	2026-02-18 23:00:00+00	2026-02-18 23:00:00+00	3	51	0	173778.000000000000
1	6	2026-02-19 23:00:00+00	2026-02-19 23:00:00+00	3	52	0	175174.000000000000
1	6	2026-02-20 23:00:00+00	2026-02-20 23:00:00+00	3	53	0	176525.000000000000
1	6	2026-02-21 23:00:00+00	2026-02-21 23:00:00+00	3	54	0	177758.000000000000
1	6	2026-02-22 23:00:00+00	2026-02-22 23:00:00+00	3	55	0	178946.000000000000
1	6	2026-02-23 23:00:00+00	2026-02-23 23:00:00+00	3	56	0	180414.000000000000
1	6	2026-02-24 23:00:00+00	2026-02-24 23:00:00+00	3	57	0	181757.000000000000
1	6	2026-02-25 23:00:00+00	2026-02-25 23:00:00+00	3	58	0	183055.000000000000
1	6	2026-02-26 23:00:00+00	2026-02-26 23:00:00+00	3	59	0	184309.000000000000
1	6	2026-02-27 23:00:00+00	2026-02-27 23:00:00+00	3	60	0	185438.000000000000
1	6	2026-02-28 23:00:00+00	2026-02-28 23:00:00+00	3	61	0	186847.000000000000
1	6	2026-03-01 23:00:00+00	2026-03-01 23:00:00+00	3	62	0	188211.000000000000
1	6	2026-03-02 23:00:00+00	2026-03-02 23:00:00+00	3	63	0	189450.000000000000
1	6	2026-03-03 23:00:00+00	2026-03-03 23:00:00+00	3	64	0	190645.000000000000
1	6	2026-03-04 23:00:00+00	2026-03-04 23:00:00+00	3	65	0	191795.000000000000
1	6	2026-03-05 23:00:00+00	2026-03-05 23:00:00+00	3	66	0	193145.000000000000
1	6	2026-03-06 23:00:00+00	2026-03-06 23:00:00+00	3	67	0	194450.000000000000
1	6	2026-03-07 23:00:00+00	2026-03-07 23:00:00+00	3	68	0	195710.000000000000
1	6	2026-03-08 23:00:00+00	2026-03-08 23:00:00+00	3	69	0	196846.000000000000
1	6	2026-03-09 23:00:00+00	2026-03-09 23:00:00+00	3	70	0	197937.000000000000
1	6	2026-03-10 23:00:00+00	2026-03-10 23:00:00+00	3	71	0	199307.000000000000
1	6	2026-03-11 23:00:00+00	2026-03-11 23:00:00+00	3	72	0	200553.000000000000
1	6	2026-03-12 23:00:00+00	2026-03-12 23:00:00+00	3	73	0	201748.000000000000
1	6	2026-03-13 23:00:00+00	2026-03-13 23:00:00+00	3	74	0	202898.000000000000
1	6	2026-03-14 23:00:00+00	2026-03-14 23:00:00+00	3	75	0	203924.000000000000
1	6	2026-03-15 23:00:00+00	2026-03-15 23:00:00+00	3	76	0	205229.000000000000
1	6	2026-03-16 23:00:00+00	2026-03-16 23:00:00+00	3	77	0	206489.000000000000
1	6	2026-03-17 23:00:00+00	2026-03-17 23:00:00+00	3	78	0	207618.000000000000
1	6	2026-03-18 23:00:00+00	2026-03-18 23:00:00+00	3	79	0	208703.000000000000
1	6	2026-03-19 23:00:00+00	2026-03-19 23:00:00+00	3	80	0	209743.000000000000
1	6	2026-03-20 23:00:00+00	2026-03-20 23:00:00+00	3	81	0	210976.000000000000
1	6	2026-03-21 23:00:00+00	2026-03-21 23:00:00+00	3	82	0	212164.000000000000
1	6	2026-03-22 23:00:00+00	2026-03-22 23:00:00+00	3	83	0	213308.000000000000
1	6	2026-03-23 23:00:00+00	2026-03-23 23:00:00+00	3	84	0	214321.000000000000
1	6	2026-03-24 23:00:00+00	2026-03-24 23:00:00+00	3	85	0	215289.000000000000
1	6	2026-03-25 23:00:00+00	2026-03-25 23:00:00+00	3	86	0	216536.000000000000
1	6	2026-03-26 23:00:00+00	2026-03-26 23:00:00+00	3	87	0	217652.000000000000
1	6	2026-03-27 23:00:00+00	2026-03-27 23:00:00+00	3	88	0	218724.000000000000
1	6	2026-03-28 23:00:00+00	2026-03-28 23:00:00+00	3	89	0	219744.000000000000
1	6	2026-03-29 22:00:00+00	2026-03-29 22:00:00+00	3	90	0	220640.000000000000
1	6	2026-03-30 22:00:00+00	2026-03-30 22:00:00+00	3	91	0	221815.000000000000
1	6	2026-03-31 22:00:00+00	2026-03-31 22:00:00+00	3	92	0	222939.000000000000
1	7	2025-10-31 23:00:00+00	2025-10-31 23:00:00+00	2	2	0	5.300000000000
1	7	2025-11-01 23:00:00+00	2025-11-01 23:00:00+00	2	3	0	6.100000000000
1	7	2025-11-02 23:00:00+00	2025-11-02 23:00:00+00	2	4	0	7.000000000000
1	7	2025-11-03 23:00:00+00	2025-11-03 23:00:00+00	2	5	0	7.800000000000
1	7	2025-11-04 23:00:00+00	2025-11-04 23:00:00+00	2	6	0	3.700000000000
1	7	2025-11-05 23:00:00+00	2025-11-05 23:00:00+00	2	7	0	4.500000000000
1	7	2025-11-06 23:00:00+00	2025-11-06 23:00:00+00	2	8	0	5.400000000000
1	7	2025-11-07 23:00:00+00	2025-11-07 23:00:00+00	2	9	0	6.200000000000
1	7	2025-11-08 23:00:00+00	2025-11-08 23:00:00+00	2	10	0	7.100000000000
1	7	2025-11-09 23:00:00+00	2025-11-09 23:00:00+00	2	11	0	2.900000000000
1	7	2025-11-10 23:00:00+00	2025-11-10 23:00:00+00	2	12	0	3.800000000000
1	7	2025-11-11 23:00:00+00	2025-11-11 23:00:00+00	2	13	0	4.600000000000
1	7	2025-11-12 23:00:00+00	2025-11-12 23:00:00+00	2	14	0	5.500000000000
1	7	2025-11-13 23:00:00+00	2025-11-13 23:00:00+00	2	15	0	6.400000000000
1	7	2025-11-14 23:00:00+00	2025-11-14 23:00:00+00	2	16	0	2.200000000000
1	7	2025-11-15 23:00:00+00	2025-11-15 23:00:00+00	2	17	0	3.100000000000
1	7	2025-11-16 23:00:00+00	2025-11-16 23:00:00+00	2	18	0	3.900000000000
1	7	2025-11-17 23:00:00+00	2025-11-17 23:00:00+00	2	19	0	4.800000000000
1	7	2025-11-18 23:00:00+00	2025-11-18 23:00:00+00	2	20	0	5.700000000000
1	7	2025-11-19 23:00:00+00	2025-11-19 23:00:00+00	2	21	0	1.500000000000
1	7	2025-11-20 23:00:00+00	2025-11-20 23:00:00+00	2	22	0	2.400000000000
1	7	2025-11-21 23:00:00+00	2025-11-21 23:00:00+00	2	23	0	3.300000000000
1	7	2025-11-22 23:00:00+00	2025-11-22 23:00:00+00	2	24	0	4.100000000000
1	7	2025-11-23 23:00:00+00	2025-11-23 23:00:00+00	2	25	0	5.000000000000
1	7	2025-11-24 23:00:00+00	2025-11-24 23:00:00+00	2	26	0	0.900000000000
1	7	2025-11-25 23:00:00+00	2025-11-25 23:00:00+00	2	27	0	1.700000000000
1	7	2025-11-26 23:00:00+00	2025-11-26 23:00:00+00	2	28	0	2.600000000000
1	7	2025-11-27 23:00:00+00	2025-11-27 23:00:00+00	2	29	0	3.500000000000
1	7	2025-11-28 23:00:00+00	2025-11-28 23:00:00+00	2	30	0	4.400000000000
1	7	2025-11-29 23:00:00+00	2025-11-29 23:00:00+00	2	31	0	0.300000000000
1	7	2025-11-30 23:00:00+00	2025-11-30 23:00:00+00	2	32	0	1.100000000000
1	7	2025-12-01 23:00:00+00	2025-12-01 23:00:00+00	2	33	0	2.000000000000
1	7	2025-12-02 23:00:00+00	2025-12-02 23:00:00+00	2	34	0	2.900000000000
1	7	2025-12-03 23:00:00+00	2025-12-03 23:00:00+00	2	35	0	3.800000000000
1	7	2025-12-04 23:00:00+00	2025-12-04 23:00:00+00	2	36	0	-0.300000000000
1	7	2025-12-05 23:00:00+00	2025-12-05 23:00:00+00	2	37	0	0.600000000000
1	7	2025-12-06 23:00:00+00	2025-12-06 23:00:00+00	2	38	0	1.500000000000
1	7	2025-12-07 23:00:00+00	2025-12-07 23:00:00+00	2	39	0	2.400000000000
1	7	2025-12-08 23:00:00+00	2025-12-08 23:00:00+00	2	40	0	3.300000000000
1	7	2025-12-09 23:00:00+00	2025-12-09 23:00:00+00	2	41	0	-0.800000000000
1	7	2025-12-10 23:00:00+00	2025-12-10 23:00:00+00	2	42	0	0.100000000000
1	7	2025-12-11 23:00:00+00	2025-12-11 23:00:00+00	2	43	0	1.000000000000
1	7	2025-12-12 23:00:00+00	2025-12-12 23:00:00+00	2	44	0	1.900000000000
1	7	2025-12-13 23:00:00+00	2025-12-13 23:00:00+00	2	45	0	2.800000000000
1	7	2025-12-14 23:00:00+00	2025-12-14 23:00:00+00	2	46	0	-1.300000000000
1	7	2025-12-15 23:00:00+00	2025-12-15 23:00:00+00	2	47	0	-0.400000000000
1	7	2025-12-16 23:00:00+00	2025-12-16 23:00:00+00	2	48	0	0.500000000000
1	7	2025-12-17 23:00:00+00	2025-12-17 23:00:00+00	2	49	0	1.400000000000
1	7	2025-12-18 23:00:00+00	2025-12-18 23:00:00+00	2	50	0	2.300000000000
1	7	2025-12-19 23:00:00+00	2025-12-19 23:00:00+00	2	51	0	-1.700000000000
1	7	2025-12-20 23:00:00+00	2025-12-20 23:00:00+00	2	52	0	-0.800000000000
1	7	2025-12-21 23:00:00+00	2025-12-21 23:00:00+00	2	53	0	0.100000000000
1	7	2025-12-22 23:00:00+00	2025-12-22 23:00:00+00	2	54	0	1.000000000000
1	7	2025-12-23 23:00:00+00	2025-12-23 23:00:00+00	2	55	0	2.000000000000
1	7	2025-12-24 23:00:00+00	2025-12-24 23:00:00+00	2	56	0	-2.100000000000
1	7	2025-12-25 23:00:00+00	2025-12-25 23:00:00+00	2	57	0	-1.200000000000
1	7	2025-12-26 23:00:00+00	2025-12-26 23:00:00+00	2	58	0	-0.200000000000
1	7	2025-12-27 23:00:00+00	2025-12-27 23:00:00+00	2	59	0	0.700000000000
1	7	2025-12-28 23:00:00+00	2025-12-28 23:00:00+00	2	60	0	1.600000000000
1	7	2025-12-29 23:00:00+00	2025-12-29 23:00:00+00	2	61	0	-2.400000000000
1	7	2025-12-30 23:00:00+00	2025-12-30 23:00:00+00	2	62	0	-1.500000000000
1	7	2025-12-31 23:00:00+00	2025-12-31 23:00:00+00	4	2	0	-0.500000000000
1	7	2026-01-01 23:00:00+00	2026-01-01 23:00:00+00	4	3	0	0.400000000000
1	7	2026-01-02 23:00:00+00	2026-01-02 23:00:00+00	4	4	0	1.400000000000
1	7	2026-01-03 23:00:00+00	2026-01-03 23:00:00+00	4	5	0	-2.700000000000
1	7	2026-01-04 23:00:00+00	2026-01-04 23:00:00+00	4	6	0	-1.700000000000
1	7	2026-01-05 23:00:00+00	2026-01-05 23:00:00+00	4	7	0	-0.700000000000
1	7	2026-01-06 23:00:00+00	2026-01-06 23:00:00+00	4	8	0	0.200000000000
1	7	2026-01-07 23:00:00+00	2026-01-07 23:00:00+00	4	9	0	1.200000000000
1	7	2026-01-08 23:00:00+00	2026-01-08 23:00:00+00	4	10	0	-2.800000000000
1	7	2026-01-09 23:00:00+00	2026-01-09 23:00:00+00	4	11	0	-1.900000000000
1	7	2026-01-10 23:00:00+00	2026-01-10 23:00:00+00	4	12	0	-0.900000000000
1	7	2026-01-11 23:00:00+00	2026-01-11 23:00:00+00	4	13	0	0.100000000000
1	7	2026-01-12 23:00:00+00	2026-01-12 23:00:00+00	4	14	0	1.100000000000
1	7	2026-01-13 23:00:00+00	2026-01-13 23:00:00+00	4	15	0	-3.000000000000
1	7	2026-01-14 23:00:00+00	2026-01-14 23:00:00+00	4	16	0	-2.000000000000
1	7	2026-01-15 23:00:00+00	2026-01-15 23:00:00+00	4	17	0	-1.000000000000
1	7	2026-01-16 23:00:00+00	2026-01-16 23:00:00+00	4	18	0	0.000000000000
1	7	2026-01-17 23:00:00+00	2026-01-17 23:00:00+00	4	19	0	1.000000000000
1	7	2026-01-18 23:00:00+00	2026-01-18 23:00:00+00	4	20	0	-3.000000000000
1	7	2026-01-19 23:00:00+00	2026-01-19 23:00:00+00	4	21	0	-2.000000000000
1	7	2026-01-20 23:00:00+00	2026-01-20 23:00:00+00	4	22	0	-1.000000000000
1	7	2026-01-21 23:00:00+00	2026-01-21 23:00:00+00	4	23	0	0.000000000000
1	7	2026-01-22 23:00:00+00	2026-01-22 23:00:00+00	4	24	0	1.000000000000
1	7	2026-01-23 23:00:00+00	2026-01-23 23:00:00+00	4	25	0	-3.000000000000
1	7	2026-01-24 23:00:00+00	2026-01-24 23:00:00+00	4	26	0	-2.000000000000
1	7	2026-01-25 23:00:00+00	2026-01-25 23:00:00+00	4	27	0	-1.000000000000
1	7	2026-01-26 23:00:00+00	2026-01-26 23:00:00+00	4	28	0	0.100000000000
1	7	2026-01-27 23:00:00+00	2026-01-27 23:00:00+00	4	29	0	1.100000000000
1	7	2026-01-28 23:00:00+00	2026-01-28 23:00:00+00	4	30	0	-2.900000000000
1	7	2026-01-29 23:00:00+00	2026-01-29 23:00:00+00	4	31	0	-1.900000000000
1	7	2026-01-30 23:00:00+00	2026-01-30 23:00:00+00	4	32	0	-0.800000000000
1	7	2026-01-31 23:00:00+00	2026-01-31 23:00:00+00	4	33	0	0.200000000000
1	7	2026-02-01 23:00:00+00	2026-02-01 23:00:00+00	4	34	0	1.200000000000
1	7	2026-02-02 23:00:00+00	2026-02-02 23:00:00+00	4	35	0	-2.700000000000
1	7	2026-02-03 23:00:00+00	2026-02-03 23:00:00+00	4	36	0	-1.700000000000
1	7	2026-02-04 23:00:00+00	2026-02-04 23:00:00+00	4	37	0	-0.700000000000
1	7	2026-02-05 23:00:00+00	2026-02-05 23:00:00+00	4	38	0	0.400000000000
1	7	2026-02-06 23:00:00+00	2026-02-06 23:00:00+00	4	39	0	1.400000000000
1	7	2026-02-07 23:00:00+00	2026-02-07 23:00:00+00	4	40	0	-2.500000000000
1	7	2026-02-08 23:00:00+00	2026-02-08 23:00:00+00	4	41	0	-1.500000000000
1	7	2026-02-09 23:00:00+00	2026-02-09 23:00:00+00	4	42	0	-0.400000000000
1	7	2026-02-10 23:00:00+00	2026-02-10 23:00:00+00	4	43	0	0.600000000000
1	7	2026-02-11 23:00:00+00	2026-02-11 23:00:00+00	4	44	0	1.700000000000
1	7	2026-02-12 23:00:00+00	2026-02-12 23:00:00+00	4	45	0	-2.200000000000
1	7	2026-02-13 23:00:00+00	2026-02-13 23:00:00+00	4	46	0	-1.200000000000
1	7	2026-02-14 23:00:00+00	2026-02-14 23:00:00+00	4	47	0	-0.100000000000
1	7	2026-02-15 23:00:00+00	2026-02-15 23:00:00+00	4	48	0	1.000000000000
1	7	2026-02-16 23:00:00+00	2026-02-16 23:00:00+00	4	49	0	2.000000000000
1	7	2026-02-17 23:00:00+00	2026-02-17 23:00:00+00	4	50	0	-1.900000000000
1	7	2026-02-18 23:00:00+00	2026-02-18 23:00:00+00	4	51	0	-0.800000000000
1	7	2026-02-19 23:00:00+00	2026-02-19 23:00:00+00	4	52	0	0.300000000000
1	7	2026-02-20 23:00:00+00	2026-02-20 23:00:00+00	4	53	0	1.300000000000
1	7	2026-02-21 23:00:00+00	2026-02-21 23:00:00+00	4	54	0	2.400000000000
1	7	2026-02-22 23:00:00+00	2026-02-22 23:00:00+00	4	55	0	-1.500000000000
1	7	2026-02-23 23:00:00+00	2026-02-23 23:00:00+00	4	56	0	-0.400000000000
1	7	2026-02-24 23:00:00+00	2026-02-24 23:00:00+00	4	57	0	0.700000000000
1	7	2026-02-25 23:00:00+00	2026-02-25 23:00:00+00	4	58	0	1.800000000000
1	7	2026-02-26 23:00:00+00	2026-02-26 23:00:00+00	4	59	0	2.900000000000
1	7	2026-02-27 23:00:00+00	2026-02-27 23:00:00+00	4	60	0	-1.000000000000
1	7	2026-02-28 23:00:00+00	2026-02-28 23:00:00+00	4	61	0	0.100000000000
1	7	2026-03-01 23:00:00+00	2026-03-01 23:00:00+00	4	62	0	1.200000000000
1	7	2026-03-02 23:00:00+00	2026-03-02 23:00:00+00	4	63	0	2.300000000000
1	7	2026-03-03 23:00:00+00	2026-03-03 23:00:00+00	4	64	0	3.400000000000
1	7	2026-03-04 23:00:00+00	2026-03-04 23:00:00+00	4	65	0	-0.500000000000
1	7	2026-03-05 23:00:00+00	2026-03-05 23:00:00+00	4	66	0	0.600000000000
1	7	2026-03-06 23:00:00+00	2026-03-06 23:00:00+00	4	67	0	1.700000000000
1	7	2026-03-07 23:00:00+00	2026-03-07 23:00:00+00	4	68	0	2.800000000000
1	7	2026-03-08 23:00:00+00	2026-03-08 23:00:00+00	4	69	0	3.900000000000
1	7	2026-03-09 23:00:00+00	2026-03-09 23:00:00+00	4	70	0	0.000000000000
1	7	2026-03-10 23:00:00+00	2026-03-10 23:00:00+00	4	71	0	1.100000000000
1	7	2026-03-11 23:00:00+00	2026-03-11 23:00:00+00	4	72	0	2.300000000000
1	7	2026-03-12 23:00:00+00	2026-03-12 23:00:00+00	4	73	0	3.400000000000
1	7	2026-03-13 23:00:00+00	2026-03-13 23:00:00+00	4	74	0	4.500000000000
1	7	2026-03-14 23:00:00+00	2026-03-14 23:00:00+00	4	75	0	0.600000000000
1	7	2026-03-15 23:00:00+00	2026-03-15 23:00:00+00	4	76	0	1.700000000000
1	7	2026-03-16 23:00:00+00	2026-03-16 23:00:00+00	4	77	0	2.900000000000
1	7	2026-03-17 23:00:00+00	2026-03-17 23:00:00+00	4	78	0	4.000000000000
1	7	2026-03-18 23:00:00+00	2026-03-18 23:00:00+00	4	79	0	5.100000000000
1	7	2026-03-19 23:00:00+00	2026-03-19 23:00:00+00	4	80	0	1.300000000000
1	7	2026-03-20 23:00:00+00	2026-03-20 23:00:00+00	4	81	0	2.400000000000
1	7	2026-03-21 23:00:00+00	2026-03-21 23:00:00+00	4	82	0	3.500000000000
1	7	2026-03-22 23:00:00+00	2026-03-22 23:00:00+00	4	83	0	4.700000000000
1	7	2026-03-23 23:00:00+00	2026-03-23 23:00:00+00	4	84	0	5.800000000000
1	7	2026-03-24 23:00:00+00	2026-03-24 23:00:00+00	4	85	0	1.900000000000
1	7	2026-03-25 23:00:00+00	2026-03-25 23:00:00+00	4	86	0	3.100000000000
1	7	2026-03-26 23:00:00+00	2026-03-26 23:00:00+00	4	87	0	4.200000000000
1	7	2026-03-27 23:00:00+00	2026-03-27 23:00:00+00	4	88	0	5.400000000000
1	7	2026-03-28 23:00:00+00	2026-03-28 23:00:00+00	4	89	0	6.500000000000
1	7	2026-03-29 22:00:00+00	2026-03-29 22:00:00+00	4	90	0	2.600000000000
1	7	2026-03-30 22:00:00+00	2026-03-30 22:00:00+00	4	91	0	3.800000000000
1	7	2026-03-31 22:00:00+00	2026-03-31 22:00:00+00	4	92	0	4.900000000000
1	8	2026-01-24 07:00:00+00	2026-01-24 07:00:00+00	8	5	0	23.000000000000
1	8	2026-02-24 07:00:00+00	2026-02-24 07:00:00+00	15	5	0	23.000000000000
1	8	2026-03-24 07:00:00+00	2026-03-24 07:00:00+00	20	5	0	23.000000000000
1	9	2026-01-10 07:00:00+00	2026-01-10 07:00:00+00	8	3	0	21.000000000000
1	9	2026-02-10 07:00:00+00	2026-02-10 07:00:00+00	15	3	0	21.000000000000
1	9	2026-03-10 07:00:00+00	2026-03-10 07:00:00+00	20	3	0	21.000000000000
1	10	2026-01-04 07:00:00+00	2026-01-04 07:00:00+00	8	2	0	20.000000000000
1	10	2026-01-17 07:00:00+00	2026-01-17 07:00:00+00	8	4	0	22.000000000000
1	10	2026-02-04 07:00:00+00	2026-02-04 07:00:00+00	15	2	0	20.000000000000
1	10	2026-02-17 07:00:00+00	2026-02-17 07:00:00+00	15	4	0	22.000000000000
1	10	2026-03-04 07:00:00+00	2026-03-04 07:00:00+00	20	2	0	20.000000000000
1	10	2026-03-17 07:00:00+00	2026-03-17 07:00:00+00	20	4	0	22.000000000000
2	11	2026-01-04 09:00:00+00	2026-01-04 10:00:00+00	23	2	0	32.500000000000
2	11	2026-01-10 09:00:00+00	2026-01-10 10:00:00+00	23	3	0	39.500000000000
2	11	2026-01-17 09:00:00+00	2026-01-17 10:00:00+00	23	4	0	46.500000000000
2	11	2026-01-24 09:00:00+00	2026-01-24 10:00:00+00	23	5	0	53.500000000000
2	11	2026-02-04 09:00:00+00	2026-02-04 10:00:00+00	24	2	0	12.500000000000
2	11	2026-02-10 09:00:00+00	2026-02-10 10:00:00+00	24	3	0	19.500000000000
2	11	2026-02-17 09:00:00+00	2026-02-17 10:00:00+00	24	4	0	26.500000000000
2	11	2026-02-24 09:00:00+00	2026-02-24 10:00:00+00	24	5	0	33.500000000000
3	15	2026-01-05 09:00:00+00	2026-01-05 10:00:00+00	27	2	0	27.500000000000
3	15	2026-01-13 09:00:00+00	2026-01-13 10:00:00+00	27	3	0	32.500000000000
3	15	2026-01-21 09:00:00+00	2026-01-21 10:00:00+00	27	4	0	37.500000000000
3	15	2026-01-27 09:00:00+00	2026-01-27 10:00:00+00	53	2	0	10.000000000000
3	15	2026-02-05 09:00:00+00	2026-02-05 10:00:00+00	39	2	0	24.500000000000
3	15	2026-02-13 09:00:00+00	2026-02-13 10:00:00+00	39	3	0	29.500000000000
3	15	2026-02-21 09:00:00+00	2026-02-21 10:00:00+00	39	4	0	34.500000000000
3	15	2026-03-05 09:00:00+00	2026-03-05 10:00:00+00	45	2	0	21.500000000000
3	15	2026-03-13 09:00:00+00	2026-03-13 10:00:00+00	45	3	0	26.500000000000
3	15	2026-03-21 09:00:00+00	2026-03-21 10:00:00+00	45	4	0	31.500000000000
3	16	2026-01-05 09:00:00+00	2026-01-05 10:00:00+00	28	2	0	80.000000000000
3	16	2026-01-13 09:00:00+00	2026-01-13 10:00:00+00	28	3	0	80.000000000000
3	16	2026-01-21 09:00:00+00	2026-01-21 10:00:00+00	28	4	0	80.000000000000
3	16	2026-02-05 09:00:00+00	2026-02-05 10:00:00+00	40	2	0	80.000000000000
3	16	2026-02-13 09:00:00+00	2026-02-13 10:00:00+00	40	3	0	80.000000000000
3	16	2026-02-21 09:00:00+00	2026-02-21 10:00:00+00	40	4	0	80.000000000000
3	16	2026-02-27 09:00:00+00	2026-02-27 10:00:00+00	54	2	0	20.000000000000
3	16	2026-03-05 09:00:00+00	2026-03-05 10:00:00+00	46	2	0	80.000000000000
3	16	2026-03-13 09:00:00+00	2026-03-13 10:00:00+00	46	3	0	80.000000000000
3	16	2026-03-21 09:00:00+00	2026-03-21 10:00:00+00	46	4	0	80.000000000000
3	17	2026-01-04 23:00:00+00	2026-01-04 23:00:00+00	29	2	0	11.000000000000
3	17	2026-01-20 23:00:00+00	2026-01-20 23:00:00+00	29	3	0	13.000000000000
3	17	2026-02-04 23:00:00+00	2026-02-04 23:00:00+00	37	2	0	24.000000000000
3	17	2026-02-04 23:00:00+00	2026-02-04 23:00:00+00	41	2	0	12.000000000000
3	17	2026-02-20 23:00:00+00	2026-02-20 23:00:00+00	41	3	0	14.000000000000
3	17	2026-03-04 23:00:00+00	2026-03-04 23:00:00+00	47	2	0	13.000000000000
3	17	2026-03-20 23:00:00+00	2026-03-20 23:00:00+00	47	3	0	15.000000000000
3	18	2025-12-29 23:00:00+00	2025-12-29 23:00:00+00	36	2	0	1000.000000000000
3	18	2026-01-04 23:00:00+00	2026-01-04 23:00:00+00	30	2	0	1200.000000000000
3	18	2026-01-20 23:00:00+00	2026-01-20 23:00:00+00	30	3	0	1320.000000000000
3	18	2026-02-04 23:00:00+00	2026-02-04 23:00:00+00	42	2	0	1400.000000000000
3	18	2026-02-20 23:00:00+00	2026-02-20 23:00:00+00	42	3	0	1520.000000000000
3	18	2026-03-04 23:00:00+00	2026-03-04 23:00:00+00	48	2	0	1600.000000000000
3	18	2026-03-20 23:00:00+00	2026-03-20 23:00:00+00	48	3	0	1720.000000000000
3	19	2025-12-31 23:00:00+00	2025-12-31 23:00:00+00	25	2	0	0.000000000000
3	19	2026-01-15 09:00:00+00	2026-01-15 09:00:00+00	26	0	0	7.000000000000
3	19	2026-01-31 23:00:00+00	2026-01-31 23:00:00+00	32	3	0	177.000000000000
3	19	2026-02-28 23:00:00+00	2026-02-28 23:00:00+00	44	3	0	457.000000000000
3	19	2026-03-31 22:00:00+00	2026-03-31 22:00:00+00	50	3	0	767.000000000000
3	20	2026-01-05 07:00:00+00	2026-01-05 07:00:00+00	31	2	0	110.000000000000
3	20	2026-01-13 07:00:00+00	2026-01-13 07:00:00+00	31	3	0	110.000000000000
3	20	2026-01-21 07:00:00+00	2026-01-21 07:00:00+00	31	4	0	110.000000000000
3	20	2026-02-05 07:00:00+00	2026-02-05 07:00:00+00	43	2	0	120.000000000000
3	20	2026-02-13 07:00:00+00	2026-02-13 07:00:00+00	43	3	0	120.000000000000
3	20	2026-02-21 07:00:00+00	2026-02-21 07:00:00+00	43	4	0	120.000000000000
3	20	2026-03-05 07:00:00+00	2026-03-05 07:00:00+00	49	2	0	130.000000000000
3	20	2026-03-13 07:00:00+00	2026-03-13 07:00:00+00	49	3	0	130.000000000000
3	20	2026-03-21 07:00:00+00	2026-03-21 07:00:00+00	49	4	0	130.000000000000
3	21	2026-01-10 07:00:00+00	2026-01-10 07:00:00+00	33	2	0	500.000000000000
3	21	2026-01-10 07:00:00+00	2026-01-10 07:00:00+00	38	2	0	350.000000000000
3	21	2026-01-20 07:00:00+00	2026-01-20 07:00:00+00	35	2	0	100.000000000000
3	21	2026-01-21 07:00:00+00	2026-01-21 07:00:00+00	51	2	0	40.000000000000
3	22	2026-01-10 07:00:00+00	2026-01-10 07:00:00+00	34	2	0	500.000000000000
3	22	2026-01-20 07:00:00+00	2026-01-20 07:00:00+00	52	2	0	60.000000000000
\.
copy public."register" ("tenant", "id", "meter_id", "key", "kind", "unit", "quantity_kind", "resolution", "modulus", "multiplier", "interval_minutes", "aliases", "traits") from stdin;
1	1	1	p5.kwh	interval	kWh	energy	0.1	\N	1	60	{}	{}
1	2	1	p5.hours	cumulative	machine_hour	machine_time	0.1	10000	1	\N	{}	{}
1	3	1	p5.kw	instantaneous	kW	power	0.1	\N	1	\N	{}	{}
1	4	1	p5.parts	event	part	parts	1	\N	1	\N	{}	{"dimensions": ["material"]}
1	5	2	k1.air	interval	m3@iso1217	gas_volume	0.1	\N	1	60	{}	{"checks": [{"kind": "limit", "holds": true, "lowest": null, "highest": "900"}]}
1	6	3	heat.kwh	cumulative	kWh	energy	1	\N	1	\N	{}	{}
1	7	4	weather.degc	instantaneous	degC	temperature	0.1	\N	1	\N	{}	{}
2	8	5	u1.kwh	interval	kWh	energy	0.1	\N	1	60	{}	{}
2	9	5	u1.hours	cumulative	machine_hour	machine_time	0.1	10000	1	\N	{}	{}
2	10	5	u1.kw	instantaneous	kW	power	0.1	\N	1	\N	{}	{}
2	11	5	u1.parts	event	part	parts	1	\N	1	\N	{}	{"dimensions": ["material"]}
3	12	6	w.kwh	interval	kWh	energy	0.1	\N	1	60	{}	{}
3	13	6	w.mj	interval	MJ	energy	1	\N	1	60	{}	{}
3	14	6	w.line	instantaneous	kW	power	0.1	\N	1	\N	{}	{"between": "linear"}
3	15	6	w.counter	cumulative	kWh	energy	1	\N	1	\N	{}	{}
3	16	6	w.device	cumulative	kWh	energy	1	\N	1	\N	{}	{}
3	17	6	w.parts	event	part	parts	1	\N	1	\N	{}	{}
3	18	6	w.ended	event	part	parts	1	\N	1	\N	{}	{}
3	19	6	w.waits	event	part	parts	1	\N	1	\N	{}	{}
\.
copy public."register_event" ("tenant", "series", "at", "batch", "kind", "gained", "serial") from stdin;
3	19	2026-01-15 09:00:00+00	26	exchange	133	VA-901
\.
copy public."series" ("tenant", "id", "register_id", "dimensions") from stdin;
1	1	1	{}
1	2	2	{}
1	3	3	{}
1	4	4	{}
1	5	5	{}
1	6	6	{}
1	7	7	{}
1	8	4	{"material": "brass"}
1	9	4	{"material": "mild"}
1	10	4	{"material": "steel"}
2	11	8	{}
2	12	9	{}
2	13	10	{}
2	14	11	{}
3	15	12	{}
3	16	13	{}
3	17	14	{}
3	18	15	{}
3	19	16	{}
3	20	17	{}
3	21	18	{}
3	22	19	{}
\.
copy public."site" ("tenant", "id", "name", "zone") from stdin;
1	1	Werk Köln	Europe/Berlin
2	2	Werk Ulm	Europe/Berlin
3	3	Werk Essen	Europe/Berlin
\.
copy public."stale" ("tenant", "rating_id", "found_at", "sources") from stdin;
1	2	2026-03-02 06:00:00+00	{disputes,readings}
1	4	2026-03-02 06:00:00+00	{readings}
1	5	2026-03-02 06:00:00+00	{readings}
1	7	2026-03-02 06:00:00+00	{readings,versions}
1	17	2026-04-02 06:00:00+00	{disputes}
1	18	2026-04-02 06:00:00+00	{disputes}
1	19	2026-04-02 06:00:00+00	{index}
3	35	2026-02-06 06:00:00+00	{versions}
3	38	2026-02-06 06:00:00+00	{versions}
3	39	2026-02-06 06:00:00+00	{versions}
3	41	2026-04-01 06:00:00+00	{index}
3	43	2026-02-06 06:00:00+00	{readings}
3	44	2026-04-03 06:00:00+00	{readings}
3	45	2026-02-06 06:00:00+00	{readings}
3	46	2026-02-06 06:00:00+00	{readings}
3	51	2026-02-20 06:00:00+00	{readings}
3	55	2026-04-01 06:00:00+00	{readings}
3	62	2026-04-01 06:00:00+00	{index}
3	64	2026-04-01 06:00:00+00	{readings}
\.
copy public."statement" ("tenant", "id", "contract_id", "customer_id", "version_id", "first", "after_last", "watermark", "prepared_by", "prepared_at", "content") from stdin;
1	1	10	2	10	2026-01-01	2026-04-01	22	Emil Kurz	2026-04-02 06:00:00+00	{"zone": "Europe/Berlin", "money": [{"now": "4089.12", "rule": "savings_share", "lines": [{"net": "150.00", "sum": "1 each × 150 = 150", "label": "on account"}, {"net": "3939.12", "sum": "all 2026-03: 13998 kWh × 0.12 = 1679.76; contract value 1679.76, cash value 1679.76; 80 % of 1679.76; verified 4389.12 − on account 450; 1 each × 3939.12 = 3939.12", "label": "settlement of the quarter"}], "value": {"cash": "5486.40", "working": ["all 2026-01: 17005 kWh × 0.12 = 2040.60", "all 2026-02: 14717 kWh × 0.12 = 1766.04", "all 2026-03: 13998 kWh × 0.12 = 1679.76"], "contract": "5486.40"}, "charge": "share", "window": "4389.12", "billed_before": "300.00"}, {"now": "0.00", "rule": "savings_guarantee", "lines": [], "value": null, "charge": "guarantee", "window": "0.00", "billed_before": "0.00"}], "terms": {"ends": null, "starts": "2026-01-01", "charges": [{"kind": "savings_share", "name": "share", "rule": {"per": "quarter", "unit": "kWh", "tranches": [{"percent": ["80", "60"]}], "valuation": {"unit": "kWh", "bands": {"all": {"price": "0.12"}}}, "on_account": {"amount": ["150.00"]}}}, {"kind": "savings_guarantee", "name": "guarantee", "rule": {"per": "quarter", "unit": "kWh", "price": "0.05", "excess": "carried", "guaranteed": ["40000"]}}], "statement": {"per": "quarter", "factors": [{"per": "kWh", "name": "CO2", "unit": "kg", "first": "2026-01-01", "value": "0.2", "source": "UBA"}], "verifier": null, "signatories": {"Blechwerke KG": ["Dora Meier"], "Nordluft GmbH": ["Emil Kurz"]}, "silent_days": 30}, "payment_days": 30}, "period": {"first": "2026-01-01", "after_last": "2026-04-01"}, "schema": 2, "parties": [{"name": "Nordluft GmbH", "vat_id": "DE129273398", "address": [], "country": "DE"}, {"name": "Blechwerke KG", "vat_id": null, "address": [], "country": "DE"}], "savings": [{"days": [{"day": "2026-01-01", "expected": "1914.1", "measured": "1350.0", "temperature": "31.1"}, {"day": "2026-01-02", "expected": "1832.4", "measured": "1318.0", "temperature": "32.7"}, {"day": "2026-01-03", "expected": "1741.5", "measured": "1280.0", "temperature": "34.5"}, {"day": "2026-01-04", "expected": "2114.0", "measured": "1492.0", "temperature": "27.1"}, {"day": "2026-01-05", "expected": "2023.2", "measured": "1454.0", "temperature": "28.9"}, {"day": "2026-01-06", "expected": "1932.3", "measured": "1416.0", "temperature": "30.7"}, {"day": "2026-01-07", "expected": "1850.5", "measured": "1304.0", "temperature": "32.4"}, {"day": "2026-01-08", "expected": "1759.7", "measured": "1266.0", "temperature": "34.2"}, {"day": "2026-01-09", "expected": "2123.1", "measured": "1552.0", "temperature": "27.0"}, {"day": "2026-01-10", "expected": "2041.3", "measured": "1440.0", "temperature": "28.6"}, {"day": "2026-01-11", "expected": "1950.5", "measured": "1402.0", "temperature": "30.4"}, {"day": "2026-01-12", "expected": "1859.6", "measured": "1364.0", "temperature": "32.2"}, {"day": "2026-01-13", "expected": "1768.8", "measured": "1246.0", "temperature": "34.0"}, {"day": "2026-01-14", "expected": "2141.3", "measured": "1538.0", "temperature": "26.6"}, {"day": "2026-01-15", "expected": "2050.4", "measured": "1500.0", "temperature": "28.4"}, {"day": "2026-01-16", "expected": "1959.6", "measured": "1382.0", "temperature": "30.2"}, {"day": "2026-01-17", "expected": "1868.7", "measured": "1344.0", "temperature": "32.0"}, {"day": "2026-01-18", "expected": "1777.9", "measured": "1306.0", "temperature": "33.8"}, {"day": "2026-01-19", "expected": "2141.3", "measured": "1512.0", "temperature": "26.6"}, {"day": "2026-01-20", "expected": "2050.4", "measured": "1473.0", "temperature": "28.4"}, {"day": "2026-01-21", "expected": "1959.6", "measured": "1435.0", "temperature": "30.2"}, {"day": "2026-01-22", "expected": "1868.7", "measured": "1317.0", "temperature": "32.0"}, {"day": "2026-01-23", "expected": "1777.9", "measured": "1279.0", "temperature": "33.8"}, {"day": "2026-01-24", "expected": "2141.3", "measured": "1565.0", "temperature": "26.6"}, {"day": "2026-01-25", "expected": "2050.4", "measured": "1447.0", "temperature": "28.4"}, {"day": "2026-01-26", "expected": "1959.6", "measured": "1409.0", "temperature": "30.2"}, {"day": "2026-01-27", "expected": "1859.6", "measured": "1364.0", "temperature": "32.2"}, {"day": "2026-01-28", "expected": "1768.8", "measured": "1246.0", "temperature": "34.0"}, {"day": "2026-01-29", "expected": "2132.2", "measured": "1532.0", "temperature": "26.8"}, {"day": "2026-01-30", "expected": "2041.3", "measured": "1494.0", "temperature": "28.6"}, {"day": "2026-01-31", "expected": "1941.4", "measured": "1369.0", "temperature": "30.6"}, {"day": "2026-02-01", "expected": "1850.5", "measured": "1331.0", "temperature": "32.4"}, {"day": "2026-02-02", "expected": "1759.7", "measured": "1293.0", "temperature": "34.2"}, {"day": "2026-02-03", "expected": "2114.0", "measured": "1492.0", "temperature": "27.1"}, {"day": "2026-02-04", "expected": "2023.2", "measured": "1454.0", "temperature": "28.9"}, {"day": "2026-02-05", "expected": "1932.3", "measured": "1416.0", "temperature": "30.7"}, {"day": "2026-02-06", "expected": "1832.4", "measured": "1291.0", "temperature": "32.7"}, {"day": "2026-02-07", "expected": "1741.5", "measured": "1253.0", "temperature": "34.5"}, {"day": "2026-02-08", "expected": "2095.8", "measured": "1532.0", "temperature": "27.5"}, {"day": "2026-02-09", "expected": "2005.0", "measured": "1414.0", "temperature": "29.3"}, {"day": "2026-02-10", "expected": "1905.1", "measured": "1370.0", "temperature": "31.3"}, {"day": "2026-02-11", "expected": "1814.2", "measured": "1331.0", "temperature": "33.1"}, {"day": "2026-02-12", "expected": "1714.3", "measured": "1207.0", "temperature": "35.1"}, {"day": "2026-02-13", "expected": "2068.6", "measured": "1486.0", "temperature": "28.0"}, {"day": "2026-02-14", "expected": "1977.7", "measured": "1448.0", "temperature": "29.8"}, {"day": "2026-02-15", "expected": "1877.8", "measured": "1324.0", "temperature": "31.8"}, {"day": "2026-02-16", "expected": "1777.9", "measured": "1279.0", "temperature": "33.8"}, {"day": "2026-02-17", "expected": "1687.0", "measured": "1241.0", "temperature": "35.6"}, {"day": "2026-02-18", "expected": "2041.3", "measured": "1440.0", "temperature": "28.6"}, {"day": "2026-02-19", "expected": "1941.4", "measured": "1396.0", "temperature": "30.6"}, {"day": "2026-02-20", "expected": "1841.5", "measured": "1351.0", "temperature": "32.5"}, {"day": "2026-02-21", "expected": "1750.6", "measured": "1233.0", "temperature": "34.3"}, {"day": "2026-02-22", "expected": "1650.7", "measured": "1188.0", "temperature": "36.3"}, {"day": "2026-02-23", "expected": "2005.0", "measured": "1468.0", "temperature": "29.3"}, {"day": "2026-02-24", "expected": "1905.1", "measured": "1343.0", "temperature": "31.3"}, {"day": "2026-02-25", "expected": "1805.1", "measured": "1298.0", "temperature": "33.3"}, {"day": "2026-02-26", "expected": "1705.2", "measured": "1254.0", "temperature": "35.2"}, {"day": "2026-02-27", "expected": "1605.2", "measured": "1129.0", "temperature": "37.2"}, {"day": "2026-02-28", "expected": "1959.6", "measured": "1409.0", "temperature": "30.2"}, {"day": "2026-03-01", "expected": "1859.6", "measured": "1364.0", "temperature": "32.2"}, {"day": "2026-03-02", "expected": "1759.7", "measured": "1239.0", "temperature": "34.2"}, {"day": "2026-03-03", "expected": "1659.8", "measured": "1195.0", "temperature": "36.1"}, {"day": "2026-03-04", "expected": "1559.8", "measured": "1150.0", "temperature": "38.1"}, {"day": "2026-03-05", "expected": "1914.1", "measured": "1350.0", "temperature": "31.1"}, {"day": "2026-03-06", "expected": "1814.2", "measured": "1305.0", "temperature": "33.1"}, {"day": "2026-03-07", "expected": "1714.3", "measured": "1260.0", "temperature": "35.1"}, {"day": "2026-03-08", "expected": "1614.3", "measured": "1136.0", "temperature": "37.0"}, {"day": "2026-03-09", "expected": "1514.4", "measured": "1091.0", "temperature": "39.0"}, {"day": "2026-03-10", "expected": "1868.7", "measured": "1370.0", "temperature": "32.0"}, {"day": "2026-03-11", "expected": "1768.8", "measured": "1246.0", "temperature": "34.0"}, {"day": "2026-03-12", "expected": "1659.8", "measured": "1195.0", "temperature": "36.1"}, {"day": "2026-03-13", "expected": "1559.8", "measured": "1150.0", "temperature": "38.1"}, {"day": "2026-03-14", "expected": "1459.9", "measured": "1026.0", "temperature": "40.1"}, {"day": "2026-03-15", "expected": "1814.2", "measured": "1305.0", "temperature": "33.1"}, {"day": "2026-03-16", "expected": "1714.3", "measured": "1260.0", "temperature": "35.1"}, {"day": "2026-03-17", "expected": "1605.2", "measured": "1129.0", "temperature": "37.2"}, {"day": "2026-03-18", "expected": "1505.3", "measured": "1085.0", "temperature": "39.2"}, {"day": "2026-03-19", "expected": "1405.4", "measured": "1040.0", "temperature": "41.2"}, {"day": "2026-03-20", "expected": "1750.6", "measured": "1233.0", "temperature": "34.3"}, {"day": "2026-03-21", "expected": "1650.7", "measured": "1188.0", "temperature": "36.3"}, {"day": "2026-03-22", "expected": "1550.7", "measured": "1144.0", "temperature": "38.3"}, {"day": "2026-03-23", "expected": "1441.7", "measured": "1013.0", "temperature": "40.5"}, {"day": "2026-03-24", "expected": "1341.8", "measured": "968.0", "temperature": "42.4"}, {"day": "2026-03-25", "expected": "1696.1", "measured": "1247.0", "temperature": "35.4"}, {"day": "2026-03-26", "expected": "1587.1", "measured": "1116.0", "temperature": "37.6"}, {"day": "2026-03-27", "expected": "1487.1", "measured": "1072.0", "temperature": "39.6"}, {"day": "2026-03-28", "expected": "1378.1", "measured": "1020.0", "temperature": "41.7"}, {"day": "2026-03-29", "expected": "1278.2", "measured": "896.0", "temperature": "43.7"}, {"day": "2026-03-30", "expected": "1632.5", "measured": "1175.0", "temperature": "36.7"}, {"day": "2026-03-31", "expected": "1523.5", "measured": "1124.0", "temperature": "38.8"}], "name": "heat saved", "plan": {"option": {"kind": "retrofit_isolation", "less": [], "further": {}, "registers": ["heat.kwh"], "temperature": "weather.degc", "accepted_despite": "the boiler was new in November"}, "places": 0, "confidence": "0.9", "signatures": [{"on": "2026-01-02", "party": "Nordluft GmbH", "person": "Emil Kurz"}, {"on": "2026-01-03", "party": "Blechwerke KG", "person": "Dora Meier"}], "extrapolation": {"declined": "5"}, "least_coverage": "0.9"}, "rows": {"all": 90, "tiers": {"caveat": 8, "in_range": 82}, "masked": "0", "coverage": "1.0000", "left_out": [{"why": "temperature 2.9 % of its range beyond it", "tier": "caveat", "start": "2026-01-04T00:00:00+01:00"}, {"why": "temperature 3.9 % of its range beyond it", "tier": "caveat", "start": "2026-01-09T00:00:00+01:00"}, {"why": "temperature 5.9 % of its range beyond it", "tier": "caveat", "start": "2026-01-14T00:00:00+01:00"}, {"why": "temperature 5.9 % of its range beyond it", "tier": "caveat", "start": "2026-01-19T00:00:00+01:00"}, {"why": "temperature 5.9 % of its range beyond it", "tier": "caveat", "start": "2026-01-24T00:00:00+01:00"}, {"why": "temperature 4.9 % of its range beyond it", "tier": "caveat", "start": "2026-01-29T00:00:00+01:00"}, {"why": "temperature 2.9 % of its range beyond it", "tier": "caveat", "start": "2026-02-03T00:00:00+01:00"}, {"why": "temperature 1.0 % of its range beyond it", "tier": "caveat", "start": "2026-02-08T00:00:00+01:00"}], "least_coverage": "0.9"}, "unit": "kWh", "parts": [{"band": "all", "month": "2026-01", "saved": "17005", "adjusted": "0", "expected": "60401", "measured": "43396"}, {"band": "all", "month": "2026-02", "saved": "14717", "adjusted": "0", "expected": "52388", "measured": "37671"}, {"band": "all", "month": "2026-03", "saved": "13998", "adjusted": "0", "expected": "50090", "measured": "36092"}], "total": {"saved": "45720", "adjusted": "0", "expected": "162879", "fraction": "0.2807", "measured": "117159", "gigajoules": "164.592"}, "option": "retrofit_isolation", "earlier": [], "baseline": {"first": "2025-11-01", "model": {"form": "3PH", "kind": "linear", "slope": null, "cooling": null, "drivers": {}, "heating": {"slope": "50.472572417743805", "balance_point": "45.0"}, "intercept": "1212.5729611278323"}, "method": "caltrack_daily", "ranges": {"temperature": {"most": "46.0400000000", "least": "27.6800000000"}}, "figures": {"n": 61, "p": 1, "sse": "54641.1011784629", "mean": "1652.13114754098", "nmbe_n": "-0.000000000000000106038526948124", "rmse_n": "29.9291790235546", "n_prime": "173.992403439216", "rmse_n_p": "30.1775582120398", "variance": "51008.4746036012", "cv_rmse_n": "0.0181154983174919", "r_squared": "0.982439079702243", "nmbe_n_p_1": "-0.000000000000000109633053285348", "cv_rmse_n_p": "0.0182658369808933", "cv_rmse_n_p_1": "0.0184199817979419", "autocorrelation": "-0.480834281387497", "r_squared_adjusted": "0.982141436985332", "r_squared_correlation": "0.982439079702244", "r_squared_correlation_adjusted": "0.982141436985332"}, "findings": [{"code": "too_few_days", "found": "61", "detail": "complete days", "expected": "at least 328", "severity": "disqualification"}, {"code": "candidates", "found": "", "detail": "2014 candidates, adjusted R² 0.982141437", "expected": "", "severity": "note"}], "after_last": "2026-01-01", "arithmetic": 1, "input_sha256": "02e5a7441599f9dce6a9dd08c3f88036a5c7328ab1892dfb97fd201e5275fe16", "temperature_unit": "degF"}, "registers": [{"end": "2026-01-31T23:00:00+00:00", "unit": "kWh", "batch": 0, "count": 62, "start": "2025-12-30T23:00:00+00:00", "total": "43396", "series": 6, "expected": null, "quantity": "43396", "register": "heat.kwh", "estimated": 0}, {"end": "2026-01-31T23:00:00+00:00", "unit": "degC", "batch": 0, "count": 31, "start": "2025-12-30T23:00:00+00:00", "total": "-0.87741935483871", "series": 7, "is_mean": true, "expected": null, "quantity": "-0.87741935483871", "register": "weather.degc", "estimated": 0}, {"end": "2026-02-28T23:00:00+00:00", "unit": "kWh", "batch": 0, "count": 56, "start": "2026-01-30T23:00:00+00:00", "total": "37671", "series": 6, "expected": null, "quantity": "37671", "register": "heat.kwh", "estimated": 0}, {"end": "2026-02-28T23:00:00+00:00", "unit": "degC", "batch": 0, "count": 28, "start": "2026-01-30T23:00:00+00:00", "total": "-0.025", "series": 7, "is_mean": true, "expected": null, "quantity": "-0.025", "register": "weather.degc", "estimated": 0}, {"end": "2026-03-31T22:00:00+00:00", "unit": "kWh", "batch": 0, "count": 62, "start": "2026-02-27T23:00:00+00:00", "total": "36092", "series": 6, "expected": null, "quantity": "36092", "register": "heat.kwh", "estimated": 0}, {"end": "2026-03-31T22:00:00+00:00", "unit": "degC", "batch": 0, "count": 31, "start": "2026-02-27T23:00:00+00:00", "total": "2.783870967741935", "series": 7, "is_mean": true, "expected": null, "quantity": "2.783870967741935", "register": "weather.degc", "estimated": 0}], "adjustments": [], "equivalents": {"CO2": {"unit": "kg", "amount": "9144.000", "factors": [{"per": "kWh", "name": "CO2", "unit": "kg", "first": "2026-01-01", "value": "0.2", "source": "UBA"}], "months_without": 0}}, "uncertainty": {"nmecr": "594.412615", "ashrae14": "389.141775", "caltrack": "213.652992", "sun_baltazar": "341.811634"}}], "contract": "SAVING", "currency": "EUR", "versions": [10]}
\.
copy public."statement_step" ("tenant", "id", "statement_id", "customer_id", "step", "party", "person", "recorded_by", "at", "charges", "note") from stdin;
1	1	1	2	submitted	Nordluft GmbH	Emil Kurz	maker	2026-04-02 06:00:00+00	{}	
1	2	1	2	agreed	Blechwerke KG	Dora Meier	blechwerke	2026-04-02 06:00:00+00	{}	
\.
copy public."sweep" ("tenant", "watermark", "shipped") from stdin;
1	22	{"tax": "6e2db063327805f1", "units": "95bbc7dd4cc2e9da", "zones": "2026f", "holidays": "0.109"}
2	24	{"tax": "6e2db063327805f1", "units": "95bbc7dd4cc2e9da", "zones": "2026f", "holidays": "0.109"}
3	52	{"tax": "6e2db063327805f1", "units": "95bbc7dd4cc2e9da", "zones": "2026f", "holidays": "0.109"}
\.
copy public."tenant" ("id", "name", "four_eyes_off") from stdin;
1	Nordluft	\N
2	Südpresse	{"at": "2026-03-02T06:00:00+00:00", "by": "ulm", "reason": "one person so far"}
3	Westkraft	\N
\.
select setval('public.asset_id_seq', 5);
select setval('public.batch_number', 54);
select setval('public.contract_id_seq', 27);
select setval('public.contract_version_id_seq', 33);
select setval('public.dispute_id_seq', 4);
select setval('public.edit_id_seq', 2);
select setval('public.fact_touch_id_seq', 49);
select setval('public.finding_id_seq', 1);
select setval('public.four_eyes_change_id_seq', 1);
select setval('public.index_series_id_seq', 3);
select setval('public.index_value_id_seq', 9);
select setval('public.invoice_id_seq', 72);
select setval('public.meter_id_seq', 6);
select setval('public.party_id_seq', 7);
select setval('public.rating_id_seq', 83);
select setval('public.register_id_seq', 19);
select setval('public.series_id_seq', 22);
select setval('public.site_id_seq', 3);
select setval('public.statement_id_seq', 1);
select setval('public.statement_step_id_seq', 2);
select setval('public.tenant_id_seq', 3);
