/**
 * The most common passwords of eight characters and more in published breaches, in lower case (ASVS 5.0, 6.2.4). What
 * is one character repeated, or runs along the alphabet or the digits, is told by rule.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `password password1 password12 password123 password1234 password! password1! passw0rd p@ssword p@ssw0rd p@ssw0rd1
  pa55word passwort passwort1 motdepasse contraseña contrasena senha123 wachtwoord changeme changeme1 changeme123
  changeit letmein1 letmein12 letmein123 welcome1 welcome12 welcome123 welcome1! welcome2 administrator admin123
  admin1234 admin12345 admin@123 adminadmin rootroot root1234 toor1234 default1 default123 secret123 mysecret
  topsecret test1234 testtest testing1 testing123 tester12 qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234
  qwerty12345 qwerty1! qwert123 qwertz123 qwertzui qwertzuiop azertyui azertyuiop azerty123 asdfghjk asdfghjkl
  asdf1234 asdfasdf zxcvbnm1 zxcvbnm123 zxcvbnm, 1qaz2wsx 1qaz2wsx3edc 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4
  q1w2e3r4t5 zaq12wsx zaq1zaq1 !qaz2wsx 1qazxsw2 qazwsxedc qazwsx123 abc12345 abcd1234 abcd12345 abc123456 a1b2c3d4
  a1234567 a12345678 a123456789 aa123456 aa12345678 q1234567 q12345678 1234qwer 123456qwerty 123qweasd 123qwe123
  qwe12345 qweasdzxc 12345qwert 1234567a 12345678a 123456789a 123456789q 12341234 123123123 12312312 123321123
  12344321 123454321 11223344 1122334455 111222333 112233445566 147258369 123654789 741852963 789456123 159753456
  987654321 9876543210 0987654321 87654321 1029384756 1357924680 13579246 20202020 10101010 10203040 11112222
  12121212 13131313 69696969 78787878 88888888a 00000000a iloveyou iloveyou1 iloveyou2 iloveyou! ilovegod loveyou1
  lovelove babygirl babygirl1 princess princess1 sunshine sunshine1 football football1 baseball baseball1
  basketball softball volleyball superman superman1 spiderman batman123 pokemon1 pokemon123 starwars starwars1
  trustno1 whatever whatever1 computer computer1 internet internet1 samsung1 samsung123 michelle jennifer jessica1
  michael1 jordan23 charlie1 elizabeth alexander victoria christian christopher anthony1 benjamin madeline patricia
  chocolate butterfly liverpool liverpool1 chelsea1 arsenal1 manchester barcelona barcelona1 realmadrid juventus
  metallica slipknot1 nirvana1 mercedes corvette mustang1 harley12 dolphin1 swordfish elephant1 tinkerbell
  hello123 hello1234 hellohello helloworld goodluck blink182 monkey123 monkey12 dragon123 dragon12 master123
  master12 shadow123 shadow12 killer123 freedom1 forever1 everything nothing1 something summer12 summer123
  summer2024 summer2025 summer2026 winter12 winter123 winter2024 winter2025 winter2026 spring2024 spring2025
  spring2026 autumn2024 autumn2025 autumn2026 january1 february november december september monday123 friday13
  google123 facebook facebook1 linkedin linkedin1 myspace1 minecraft minecraft1 fortnite roblox123 snoopy12
  password01 password02 password2 password3 password7 password9 password99 password2024 password2025 password2026
  correcthorsebatterystaple thisisapassword mypassword mypassword1 yourpassword
  nopassword newpassword newpassword1 passpass passpass1 pass1234 pass12345 passw0rd1 passw0rd! passwd123 login123
  loginlogin trivet123 trivettrivet tinyoauth`
    .split(/\s+/)
    .filter((word) => word.length >= 8),
)
